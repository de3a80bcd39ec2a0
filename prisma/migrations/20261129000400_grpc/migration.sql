-- An API may be a gRPC service: it is found by its method's own path at the root of its creator's host.
alter table "upstream"
  add column "protocol" text not null default 'http',
  add constraint "upstream_protocol_is_known" check ("protocol" in ('http', 'grpc'));
grant select ("protocol") on "upstream" to "satstile_web";
