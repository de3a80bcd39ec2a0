-- CreateTable
CREATE TABLE "user" (
    "id" TEXT NOT NULL,
    "name" TEXT,
    "email" TEXT,
    "email_verified" TIMESTAMPTZ(3),
    "image" TEXT,

    CONSTRAINT "user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "account" (
    "id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "provider_account_id" TEXT NOT NULL,
    "refresh_token" TEXT,
    "access_token" TEXT,
    "expires_at" INTEGER,
    "token_type" TEXT,
    "scope" TEXT,
    "id_token" TEXT,
    "session_state" TEXT,

    CONSTRAINT "account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" TEXT NOT NULL,
    "session_token" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "expires" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "verification_token" (
    "identifier" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "expires" TIMESTAMPTZ(3) NOT NULL
);

-- CreateTable
CREATE TABLE "challenge" (
    "creator_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "token_id" BYTEA NOT NULL,
    "payment_hash" BYTEA NOT NULL,
    "resource_id" TEXT NOT NULL,
    "offer_id" TEXT NOT NULL,
    "price_version" INTEGER NOT NULL,
    "amount_msat" BIGINT NOT NULL,
    "services" TEXT[],
    "caveats" TEXT[],
    "parents" JSONB NOT NULL DEFAULT '[]',
    "replaces" BYTEA,
    "depth" INTEGER NOT NULL DEFAULT 0,
    "claim_hash" BYTEA,
    "channel" TEXT NOT NULL,
    "invoice" TEXT NOT NULL,
    "node_key" BYTEA NOT NULL,
    "add_index" BIGINT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'open',
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "settled_at" TIMESTAMPTZ(3),
    "canceled_at" TIMESTAMPTZ(3),
    "missing_since_at" TIMESTAMPTZ(3),

    CONSTRAINT "challenge_pkey" PRIMARY KEY ("creator_id","id")
);

-- CreateTable
CREATE TABLE "creator" (
    "id" TEXT NOT NULL,
    "short_id" TEXT NOT NULL,
    "handle" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "byline" TEXT NOT NULL DEFAULT '',
    "about" TEXT NOT NULL DEFAULT '',
    "change_number" BIGINT NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "creator_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "member" (
    "creator_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "member_pkey" PRIMARY KEY ("creator_id","user_id")
);

-- CreateTable
CREATE TABLE "ring_key" (
    "creator_id" TEXT NOT NULL,
    "key_id" BYTEA NOT NULL,
    "wrapped" BYTEA NOT NULL,
    "wrapping_key_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ring_key_pkey" PRIMARY KEY ("creator_id","key_id")
);

-- CreateTable
CREATE TABLE "denied" (
    "creator_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" BYTEA NOT NULL,
    "service" TEXT NOT NULL DEFAULT '',
    "change_number" BIGINT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "denied_pkey" PRIMARY KEY ("creator_id","kind","subject","service")
);

-- CreateTable
CREATE TABLE "use_counter" (
    "creator_id" TEXT NOT NULL,
    "token_id" BYTEA NOT NULL,
    "service" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "used" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "use_counter_pkey" PRIMARY KEY ("creator_id","token_id","service","kind")
);

-- CreateTable
CREATE TABLE "ledger_account" (
    "creator_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "balance_msat" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "ledger_account_pkey" PRIMARY KEY ("creator_id","kind")
);

-- CreateTable
CREATE TABLE "ledger_entry" (
    "creator_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "business_key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ledger_entry_pkey" PRIMARY KEY ("creator_id","id")
);

-- CreateTable
CREATE TABLE "posting" (
    "creator_id" TEXT NOT NULL,
    "entry_id" TEXT NOT NULL,
    "n" INTEGER NOT NULL,
    "from_account" TEXT NOT NULL,
    "to_account" TEXT NOT NULL,
    "amount_msat" BIGINT NOT NULL,

    CONSTRAINT "posting_pkey" PRIMARY KEY ("creator_id","entry_id","n")
);

-- CreateTable
CREATE TABLE "outbox" (
    "creator_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "relayed_at" TIMESTAMPTZ(3),

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("creator_id","id")
);

-- CreateTable
CREATE TABLE "usage" (
    "creator_id" TEXT NOT NULL,
    "resource_id" TEXT NOT NULL,
    "hour" TIMESTAMPTZ(0) NOT NULL,
    "views" BIGINT NOT NULL DEFAULT 0,
    "unlocks" BIGINT NOT NULL DEFAULT 0,
    "challenges" BIGINT NOT NULL DEFAULT 0,
    "reads" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "usage_pkey" PRIMARY KEY ("creator_id","resource_id","hour")
);

-- CreateTable
CREATE TABLE "service" (
    "name" TEXT NOT NULL,
    "creator_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "service_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "resource" (
    "creator_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "service" TEXT,
    "title" TEXT NOT NULL,
    "lead" TEXT NOT NULL DEFAULT '',
    "language" TEXT NOT NULL DEFAULT 'en',
    "words" INTEGER NOT NULL DEFAULT 0,
    "preview_words" INTEGER NOT NULL DEFAULT 0,
    "source_digest" BYTEA,
    "preview_digest" BYTEA,
    "body_digest" BYTEA,
    "published_at" TIMESTAMPTZ(3),
    "paused_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "resource_pkey" PRIMARY KEY ("creator_id","id")
);

-- CreateTable
CREATE TABLE "article_draft" (
    "creator_id" TEXT NOT NULL,
    "resource_id" TEXT NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "title" TEXT NOT NULL,
    "lead" TEXT NOT NULL DEFAULT '',
    "markdown" TEXT NOT NULL,
    "cut_block" INTEGER NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "article_draft_pkey" PRIMARY KEY ("creator_id","resource_id")
);

-- CreateTable
CREATE TABLE "resource_image" (
    "creator_id" TEXT NOT NULL,
    "resource_id" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,
    "media_type" TEXT NOT NULL,
    "byte_length" INTEGER NOT NULL,
    "in_preview" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "resource_image_pkey" PRIMARY KEY ("creator_id","resource_id","digest")
);

-- CreateTable
CREATE TABLE "offer" (
    "creator_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "resource_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "offer_pkey" PRIMARY KEY ("creator_id","id")
);

-- CreateTable
CREATE TABLE "price" (
    "creator_id" TEXT NOT NULL,
    "offer_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "amount_msat" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "price_pkey" PRIMARY KEY ("creator_id","offer_id","version")
);

-- CreateTable
CREATE TABLE "settlement" (
    "payment_hash" BYTEA NOT NULL,
    "creator_id" TEXT NOT NULL,
    "challenge_id" TEXT NOT NULL,
    "token_id" BYTEA NOT NULL,
    "resource_id" TEXT NOT NULL,
    "offer_id" TEXT NOT NULL,
    "price_version" INTEGER NOT NULL,
    "amount_msat" BIGINT NOT NULL,
    "received_msat" BIGINT NOT NULL,
    "fee_msat" BIGINT NOT NULL,
    "services" TEXT[],
    "caveats" TEXT[],
    "parents" JSONB NOT NULL DEFAULT '[]',
    "replaces" BYTEA,
    "depth" INTEGER NOT NULL DEFAULT 0,
    "claim_hash" BYTEA,
    "channel" TEXT NOT NULL,
    "invoice" TEXT NOT NULL,
    "settle_index" BIGINT,
    "source" TEXT NOT NULL,
    "settled_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "released_at" TIMESTAMPTZ(3),

    CONSTRAINT "settlement_pkey" PRIMARY KEY ("payment_hash")
);

-- CreateTable
CREATE TABLE "stray_settlement" (
    "payment_hash" BYTEA NOT NULL,
    "received_msat" BIGINT NOT NULL,
    "settled_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "stray_settlement_pkey" PRIMARY KEY ("payment_hash")
);

-- CreateTable
CREATE TABLE "backend_cursor" (
    "node_key" BYTEA NOT NULL,
    "settle_index" BIGINT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "backend_cursor_pkey" PRIMARY KEY ("node_key")
);

-- CreateTable
CREATE TABLE "sighting" (
    "payment_hash" BYTEA NOT NULL,
    "token_id" BYTEA NOT NULL,
    "creator_id" TEXT NOT NULL,
    "services" TEXT[],
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "checked_at" TIMESTAMPTZ(3),
    "finding" TEXT,

    CONSTRAINT "sighting_pkey" PRIMARY KEY ("payment_hash","token_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "user_email_key" ON "user"("email");

-- CreateIndex
CREATE UNIQUE INDEX "account_provider_provider_account_id_key" ON "account"("provider", "provider_account_id");

-- CreateIndex
CREATE UNIQUE INDEX "session_session_token_key" ON "session"("session_token");

-- CreateIndex
CREATE UNIQUE INDEX "verification_token_token_key" ON "verification_token"("token");

-- CreateIndex
CREATE UNIQUE INDEX "verification_token_identifier_token_key" ON "verification_token"("identifier", "token");

-- CreateIndex
CREATE UNIQUE INDEX "challenge_token_id_key" ON "challenge"("token_id");

-- CreateIndex
CREATE UNIQUE INDEX "challenge_payment_hash_key" ON "challenge"("payment_hash");

-- CreateIndex
CREATE INDEX "challenge_state_expires_at_idx" ON "challenge"("state", "expires_at");

-- CreateIndex
CREATE INDEX "challenge_replaces_idx" ON "challenge"("replaces");

-- CreateIndex
CREATE UNIQUE INDEX "creator_short_id_key" ON "creator"("short_id");

-- CreateIndex
CREATE UNIQUE INDEX "creator_handle_key" ON "creator"("handle");

-- CreateIndex
CREATE INDEX "member_user_id_idx" ON "member"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "ring_key_key_id_key" ON "ring_key"("key_id");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_entry_creator_id_business_key_key" ON "ledger_entry"("creator_id", "business_key");

-- CreateIndex
CREATE INDEX "service_creator_id_idx" ON "service"("creator_id");

-- CreateIndex
CREATE UNIQUE INDEX "resource_service_key" ON "resource"("service");

-- CreateIndex
CREATE UNIQUE INDEX "resource_creator_id_slug_key" ON "resource"("creator_id", "slug");

-- CreateIndex
CREATE UNIQUE INDEX "offer_creator_id_resource_id_kind_key" ON "offer"("creator_id", "resource_id", "kind");

-- CreateIndex
CREATE INDEX "settlement_creator_id_settled_at_idx" ON "settlement"("creator_id", "settled_at");

-- CreateIndex
CREATE INDEX "settlement_token_id_idx" ON "settlement"("token_id");

-- CreateIndex
CREATE UNIQUE INDEX "settlement_creator_id_challenge_id_key" ON "settlement"("creator_id", "challenge_id");

-- AddForeignKey
ALTER TABLE "account" ADD CONSTRAINT "account_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member" ADD CONSTRAINT "member_creator_id_fkey" FOREIGN KEY ("creator_id") REFERENCES "creator"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member" ADD CONSTRAINT "member_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "posting" ADD CONSTRAINT "posting_creator_id_entry_id_fkey" FOREIGN KEY ("creator_id", "entry_id") REFERENCES "ledger_entry"("creator_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "resource" ADD CONSTRAINT "resource_creator_id_fkey" FOREIGN KEY ("creator_id") REFERENCES "creator"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "article_draft" ADD CONSTRAINT "article_draft_creator_id_resource_id_fkey" FOREIGN KEY ("creator_id", "resource_id") REFERENCES "resource"("creator_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "resource_image" ADD CONSTRAINT "resource_image_creator_id_resource_id_fkey" FOREIGN KEY ("creator_id", "resource_id") REFERENCES "resource"("creator_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "offer" ADD CONSTRAINT "offer_creator_id_resource_id_fkey" FOREIGN KEY ("creator_id", "resource_id") REFERENCES "resource"("creator_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "price" ADD CONSTRAINT "price_creator_id_offer_id_fkey" FOREIGN KEY ("creator_id", "offer_id") REFERENCES "offer"("creator_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;


-- ---------------------------------------------------------------------------------------------------------------------
-- From here on by hand: what a Prisma schema cannot say. tests/integration/schema has a test for every guard below.
-- ---------------------------------------------------------------------------------------------------------------------

-- Foreign keys to the creator: no row can belong to nobody.
ALTER TABLE "service" ADD CONSTRAINT "service_creator_id_fkey" FOREIGN KEY ("creator_id") REFERENCES "creator"("id");
ALTER TABLE "ring_key" ADD CONSTRAINT "ring_key_creator_id_fkey" FOREIGN KEY ("creator_id") REFERENCES "creator"("id");
ALTER TABLE "denied" ADD CONSTRAINT "denied_creator_id_fkey" FOREIGN KEY ("creator_id") REFERENCES "creator"("id");
ALTER TABLE "use_counter" ADD CONSTRAINT "use_counter_creator_id_fkey" FOREIGN KEY ("creator_id") REFERENCES "creator"("id");
ALTER TABLE "challenge" ADD CONSTRAINT "challenge_creator_id_fkey" FOREIGN KEY ("creator_id") REFERENCES "creator"("id");
ALTER TABLE "settlement" ADD CONSTRAINT "settlement_creator_id_fkey" FOREIGN KEY ("creator_id") REFERENCES "creator"("id");
ALTER TABLE "ledger_account" ADD CONSTRAINT "ledger_account_creator_id_fkey" FOREIGN KEY ("creator_id") REFERENCES "creator"("id");
ALTER TABLE "ledger_entry" ADD CONSTRAINT "ledger_entry_creator_id_fkey" FOREIGN KEY ("creator_id") REFERENCES "creator"("id");
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_creator_id_fkey" FOREIGN KEY ("creator_id") REFERENCES "creator"("id");
ALTER TABLE "resource" ADD CONSTRAINT "resource_service_fkey" FOREIGN KEY ("service") REFERENCES "service"("name");

-- Values.
ALTER TABLE "creator"
  ADD CONSTRAINT "creator_handle_form" CHECK ("handle" ~ '^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$'),
  ADD CONSTRAINT "creator_short_id_form" CHECK ("short_id" ~ '^[a-z0-9]{3,8}$');
ALTER TABLE "member" ADD CONSTRAINT "member_role_known" CHECK ("role" IN ('owner'));
ALTER TABLE "service" ADD CONSTRAINT "service_name_form" CHECK ("name" ~ '^[a-z0-9][a-z0-9-]{0,39}$');
ALTER TABLE "resource"
  ADD CONSTRAINT "resource_kind_known" CHECK ("kind" IN ('article')),
  ADD CONSTRAINT "resource_slug_form" CHECK ("slug" ~ '^[a-z0-9]([a-z0-9-]{0,78}[a-z0-9])?$'),
  ADD CONSTRAINT "resource_words_counted" CHECK ("preview_words" BETWEEN 0 AND "words"),
  ADD CONSTRAINT "resource_digests_are_sha256" CHECK (
    octet_length("source_digest") = 32 AND octet_length("preview_digest") = 32 AND octet_length("body_digest") = 32
  ),
  ADD CONSTRAINT "resource_published_whole" CHECK (
    "published_at" IS NULL OR num_nulls("service", "source_digest", "preview_digest", "body_digest") = 0
  );
ALTER TABLE "article_draft"
  ADD CONSTRAINT "article_draft_revision_counts" CHECK ("revision" > 0),
  ADD CONSTRAINT "article_draft_cut_inside" CHECK ("cut_block" >= 0);
ALTER TABLE "resource_image"
  ADD CONSTRAINT "resource_image_digest_is_sha256" CHECK (octet_length("digest") = 32),
  ADD CONSTRAINT "resource_image_has_bytes" CHECK ("byte_length" > 0);
ALTER TABLE "offer" ADD CONSTRAINT "offer_kind_known" CHECK ("kind" IN ('single'));
ALTER TABLE "price"
  ADD CONSTRAINT "price_positive" CHECK ("amount_msat" > 0),
  ADD CONSTRAINT "price_version_counts" CHECK ("version" > 0);
ALTER TABLE "ring_key"
  ADD CONSTRAINT "ring_key_state_known" CHECK ("state" IN ('active', 'verifying', 'retired')),
  ADD CONSTRAINT "ring_key_id_form" CHECK (octet_length("key_id") = 4 AND "key_id" <> '\x00000000'),
  ADD CONSTRAINT "ring_key_is_wrapped" CHECK (octet_length("wrapped") = 60);
ALTER TABLE "denied"
  ADD CONSTRAINT "denied_kind_known" CHECK ("kind" IN ('token', 'service', 'key')),
  ADD CONSTRAINT "denied_subject_form" CHECK (octet_length("subject") = CASE "kind" WHEN 'key' THEN 4 ELSE 32 END),
  ADD CONSTRAINT "denied_service_named" CHECK (("kind" = 'service') = ("service" <> ''));
ALTER TABLE "use_counter" ADD CONSTRAINT "use_counter_counts" CHECK ("used" >= 0);
ALTER TABLE "challenge"
  ADD CONSTRAINT "challenge_amount_positive" CHECK ("amount_msat" > 0),
  ADD CONSTRAINT "challenge_state_known" CHECK ("state" IN ('open', 'expired', 'settled', 'canceled')),
  ADD CONSTRAINT "challenge_channel_known" CHECK ("channel" IN ('browser', 'http')),
  ADD CONSTRAINT "challenge_services_bounded" CHECK (cardinality("services") BETWEEN 1 AND 16),
  ADD CONSTRAINT "challenge_bytes_form" CHECK (
    octet_length("token_id") = 32 AND octet_length("payment_hash") = 32
    AND octet_length("claim_hash") = 32 AND octet_length("node_key") = 33
  );
ALTER TABLE "settlement"
  ADD CONSTRAINT "settlement_received_positive" CHECK (("source" = 'grant') = ("received_msat" = 0) AND "received_msat" >= 0),
  ADD CONSTRAINT "settlement_fee_inside" CHECK ("fee_msat" BETWEEN 0 AND "received_msat"),
  ADD CONSTRAINT "settlement_source_known" CHECK ("source" IN ('stream', 'sweep', 'presented', 'grant')),
  ADD CONSTRAINT "settlement_bytes_form" CHECK (
    octet_length("token_id") = 32 AND octet_length("payment_hash") = 32 AND octet_length("claim_hash") = 32
  );
ALTER TABLE "stray_settlement" ADD CONSTRAINT "stray_settlement_form" CHECK (octet_length("payment_hash") = 32 AND "received_msat" >= 0);
ALTER TABLE "backend_cursor" ADD CONSTRAINT "backend_cursor_form" CHECK (octet_length("node_key") = 33 AND "settle_index" >= 0);
ALTER TABLE "sighting"
  ADD CONSTRAINT "sighting_bytes_form" CHECK (octet_length("payment_hash") = 32 AND octet_length("token_id") = 32),
  ADD CONSTRAINT "sighting_finding_known" CHECK ("finding" IN ('settled', 'stray', 'unpaid', 'forged'));
ALTER TABLE "usage" ADD CONSTRAINT "usage_counts" CHECK (LEAST("views", "unlocks", "challenges", "reads") >= 0);
ALTER TABLE "ledger_account"
  ADD CONSTRAINT "ledger_account_kind_known" CHECK ("kind" IN ('node', 'settling', 'available', 'reserved', 'fee', 'routing')),
  ADD CONSTRAINT "ledger_account_no_overdraft" CHECK ("balance_msat" >= 0 OR "kind" NOT IN ('settling', 'available', 'reserved'));
ALTER TABLE "posting"
  ADD CONSTRAINT "posting_amount_positive" CHECK ("amount_msat" > 0),
  ADD CONSTRAINT "posting_moves" CHECK ("from_account" <> "to_account"),
  ADD CONSTRAINT "posting_accounts_known" CHECK (
    "from_account" IN ('node', 'settling', 'available', 'reserved', 'fee', 'routing')
    AND "to_account" IN ('node', 'settling', 'available', 'reserved', 'fee', 'routing')
  );

-- One active ring key per creator: two gateways that both find none cannot both make one.
CREATE UNIQUE INDEX "ring_key_one_active" ON "ring_key" ("creator_id") WHERE "state" = 'active';
-- What the sweep and the relay look for stays quick however long the tables grow.
CREATE INDEX "challenge_sweep" ON "challenge" ("node_key", "add_index") WHERE "state" IN ('open', 'expired');
-- A revocation looks for the tokens that carry a purchase on; most carry none and stay out of these.
CREATE INDEX "settlement_parents" ON "settlement" USING gin ("parents" jsonb_path_ops) WHERE "parents" <> '[]';
CREATE INDEX "challenge_claim" ON "challenge" ("claim_hash") WHERE "claim_hash" IS NOT NULL;
CREATE INDEX "challenge_parents" ON "challenge" USING gin ("parents" jsonb_path_ops) WHERE "parents" <> '[]';
CREATE INDEX "settlement_held" ON "settlement" ("settled_at") WHERE "released_at" IS NULL AND "source" <> 'grant';
CREATE INDEX "outbox_not_relayed" ON "outbox" ("created_at") WHERE "relayed_at" IS NULL;
CREATE INDEX "sighting_not_known" ON "sighting" ("seen_at") WHERE "finding" IS NULL OR "finding" = 'unpaid';

-- Append-only, for every role and for the owner too: a mistake is reversed by a new entry.
CREATE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'object_not_in_prerequisite_state';
END $$;
CREATE TRIGGER "ledger_entry_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "ledger_entry" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "posting_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "posting" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "price_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "price" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "settlement_append_only" BEFORE DELETE OR TRUNCATE ON "settlement" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

-- A settlement says for ever what was paid; the one thing noted later is when its hold was released, once.
CREATE FUNCTION "refuse_settlement_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.released_at IS NULL AND NEW.released_at IS NOT NULL
    AND to_jsonb(NEW) - 'released_at' = to_jsonb(OLD) - 'released_at' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'settlement is append-only' USING ERRCODE = 'object_not_in_prerequisite_state';
END $$;
CREATE TRIGGER "settlement_released_once" BEFORE UPDATE ON "settlement" FOR EACH ROW EXECUTE FUNCTION "refuse_settlement_change"();

-- The balance of an account is kept by its postings and by nothing else: no role may write ledger_account, so this runs
-- with the owner's rights. Accounts are locked in key order, which keeps two entries from waiting for each other.
CREATE FUNCTION "apply_postings"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO ledger_account (creator_id, kind)
    SELECT creator_id, account
    FROM (SELECT creator_id, from_account AS account FROM added UNION SELECT creator_id, to_account FROM added) AS touched
    ORDER BY creator_id, account
    ON CONFLICT DO NOTHING;
  PERFORM 1 FROM ledger_account AS a
    WHERE (a.creator_id, a.kind) IN (
      SELECT creator_id, from_account FROM added UNION SELECT creator_id, to_account FROM added
    )
    ORDER BY a.creator_id, a.kind
    FOR UPDATE;
  UPDATE ledger_account AS a SET balance_msat = a.balance_msat + moved.delta
    FROM (
      SELECT creator_id, account, sum(delta)::bigint AS delta
      FROM (
        SELECT creator_id, to_account AS account, amount_msat AS delta FROM added
        UNION ALL
        SELECT creator_id, from_account, -amount_msat FROM added
      ) AS sides
      GROUP BY creator_id, account
    ) AS moved
    WHERE a.creator_id = moved.creator_id AND a.kind = moved.account;
  RETURN NULL;
END $$;
CREATE TRIGGER "posting_moves_balances" AFTER INSERT ON "posting" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION "apply_postings"();

-- At commit: the accounts of a creator sum to zero, because every posting takes from one what it gives to another.
CREATE FUNCTION "check_zero_sum"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF (SELECT sum(balance_msat) FROM ledger_account WHERE creator_id = NEW.creator_id) <> 0 THEN
    RAISE EXCEPTION 'the accounts of % do not sum to zero', NEW.creator_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER "ledger_account_zero_sum" AFTER INSERT OR UPDATE ON "ledger_account"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "check_zero_sum"();

-- At commit: an entry says what it moved.
CREATE FUNCTION "check_entry_has_postings"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM posting WHERE creator_id = NEW.creator_id AND entry_id = NEW.id) THEN
    RAISE EXCEPTION 'entry % has no postings', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER "ledger_entry_has_postings" AFTER INSERT ON "ledger_entry"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "check_entry_has_postings"();

-- A cursor that moved back would be harmless, one that a bug moved back says that the rule of reliability.md 5.3 is broken.
CREATE FUNCTION "refuse_cursor_going_back"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.settle_index < OLD.settle_index THEN
    RAISE EXCEPTION 'the settle cursor never moves back' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "backend_cursor_forward_only" BEFORE UPDATE ON "backend_cursor" FOR EACH ROW EXECUTE FUNCTION "refuse_cursor_going_back"();

-- A change number only rises: gateways compare it once a second and would miss what went back.
CREATE FUNCTION "refuse_change_number_going_back"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.change_number < OLD.change_number OR NEW.short_id <> OLD.short_id THEN
    RAISE EXCEPTION 'a change number never falls and a short id never changes' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "creator_forward_only" BEFORE UPDATE ON "creator" FOR EACH ROW EXECUTE FUNCTION "refuse_change_number_going_back"();

-- ---------------------------------------------------------------------------------------------------------------------
-- Rights: one role per zone (architecture.md 1). scripts/migrate.ts gives the roles their passwords.
-- ---------------------------------------------------------------------------------------------------------------------
DO $$
DECLARE zone text;
BEGIN
  FOREACH zone IN ARRAY ARRAY['satstile_gate', 'satstile_web', 'satstile_jobs'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = zone) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', zone);
    END IF;
  END LOOP;
END $$;
GRANT USAGE ON SCHEMA "public" TO "satstile_gate", "satstile_web", "satstile_jobs";

-- Gate: reads the catalog, mints and counts; no books, no people.
GRANT SELECT ON "creator", "service", "resource", "resource_image", "offer", "price", "ring_key", "denied", "challenge",
  "settlement", "use_counter", "usage", "sighting" TO "satstile_gate";
GRANT INSERT ON "ring_key", "denied", "challenge", "settlement", "use_counter", "usage", "sighting" TO "satstile_gate";
GRANT UPDATE ("change_number") ON "creator" TO "satstile_gate";
GRANT UPDATE ON "use_counter", "usage" TO "satstile_gate";
GRANT UPDATE ("seen_at") ON "sighting" TO "satstile_gate";

-- Web: people, a creator's own rows (row security below), the books to read; ring keys without their bytes.
GRANT SELECT, INSERT, UPDATE, DELETE ON "user", "account", "session", "verification_token" TO "satstile_web";
GRANT SELECT ON "creator", "member", "service", "resource", "article_draft", "resource_image", "offer", "price", "denied",
  "challenge", "settlement", "ledger_account", "ledger_entry", "posting", "outbox", "usage" TO "satstile_web";
GRANT INSERT ON "creator", "member", "service", "resource", "article_draft", "resource_image", "offer", "price", "denied",
  "outbox" TO "satstile_web";
GRANT UPDATE ("handle", "name", "byline", "about", "change_number") ON "creator" TO "satstile_web";
GRANT UPDATE ON "resource", "article_draft", "resource_image" TO "satstile_web";
GRANT SELECT ("creator_id", "key_id", "state", "created_at"), UPDATE ("state") ON "ring_key" TO "satstile_web";

-- Jobs: settles and posts, prunes, relays; reads the catalog; no keys, no people.
GRANT SELECT ON "creator", "service", "resource", "resource_image", "offer", "price", "denied", "challenge", "settlement",
  "stray_settlement", "backend_cursor", "sighting", "ledger_account", "ledger_entry", "posting", "outbox", "usage",
  "use_counter" TO "satstile_jobs";
GRANT INSERT ON "settlement", "stray_settlement", "backend_cursor", "denied", "ledger_entry", "posting", "outbox"
  TO "satstile_jobs";
GRANT UPDATE ("change_number") ON "creator" TO "satstile_jobs";
GRANT UPDATE ("state", "settled_at", "canceled_at", "missing_since_at") ON "challenge" TO "satstile_jobs";
GRANT UPDATE ("released_at") ON "settlement" TO "satstile_jobs";
GRANT UPDATE ON "backend_cursor" TO "satstile_jobs";
GRANT UPDATE ("checked_at", "finding") ON "sighting" TO "satstile_jobs";
GRANT UPDATE ("relayed_at") ON "outbox" TO "satstile_jobs";
GRANT DELETE ON "challenge", "sighting", "outbox" TO "satstile_jobs";

-- ---------------------------------------------------------------------------------------------------------------------
-- Row security: the second lock. Creator policies bind web; gate and jobs work across creators.
-- ---------------------------------------------------------------------------------------------------------------------
CREATE FUNCTION "current_creator"() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT NULLIF(current_setting('satstile.creator_id', true), '')
$$;
CREATE FUNCTION "current_member"() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT NULLIF(current_setting('satstile.user_id', true), '')
$$;
-- Whether a handle is taken by anybody: the one question about other creators that the dashboard may ask.
CREATE FUNCTION "handle_is_taken"("wanted" text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT 1 FROM creator WHERE handle = wanted)
$$;
REVOKE ALL ON FUNCTION "handle_is_taken"(text), "apply_postings"(), "check_zero_sum"(), "check_entry_has_postings"() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "handle_is_taken"(text) TO "satstile_web";

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['service', 'resource', 'article_draft', 'resource_image', 'offer', 'price', 'ring_key', 'denied',
    'use_counter', 'challenge', 'sighting', 'ledger_account', 'ledger_entry', 'posting', 'outbox', 'usage', 'member']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY web_own ON %I TO satstile_web USING (creator_id = current_creator()) WITH CHECK (creator_id = current_creator())', name);
    EXECUTE format('CREATE POLICY zones_all ON %I TO satstile_gate, satstile_jobs USING (true) WITH CHECK (true)', name);
  END LOOP;
END $$;
ALTER TABLE "creator" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "web_own" ON "creator" TO "satstile_web" USING ("id" = current_creator()) WITH CHECK ("id" = current_creator());
CREATE POLICY "zones_all" ON "creator" TO "satstile_gate", "satstile_jobs" USING (true) WITH CHECK (true);
-- Gate hands out receipts, which are settlements of nothing; what was paid is written by jobs alone.
ALTER TABLE "settlement" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "web_own" ON "settlement" TO "satstile_web" USING ("creator_id" = current_creator());
CREATE POLICY "jobs_all" ON "settlement" TO "satstile_jobs" USING (true) WITH CHECK (true);
CREATE POLICY "gate_reads" ON "settlement" FOR SELECT TO "satstile_gate" USING (true);
CREATE POLICY "gate_grants" ON "settlement" FOR INSERT TO "satstile_gate" WITH CHECK ("source" = 'grant' AND "received_msat" = 0);
-- Signed in, but with no creator chosen yet: a person sees the memberships of their own and the creators behind them.
CREATE POLICY "web_membership" ON "member" FOR SELECT TO "satstile_web" USING ("user_id" = current_member());
CREATE POLICY "web_membership" ON "creator" FOR SELECT TO "satstile_web"
  USING (EXISTS (SELECT 1 FROM "member" WHERE "member"."creator_id" = "creator"."id" AND "member"."user_id" = current_member()));
