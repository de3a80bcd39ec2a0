// A service and a client of it on Go's own gRPC: what is sold here is called by them unchanged.
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"gopkg.in/macaroon.v2"
)

// Messages are bytes and pass as they are.
type rawCodec struct{}

func (rawCodec) Marshal(v any) ([]byte, error)      { return *v.(*[]byte), nil }
func (rawCodec) Unmarshal(data []byte, v any) error { *v.(*[]byte) = append([]byte(nil), data...); return nil }
func (rawCodec) Name() string                       { return "proto" }

const service = "/demo.v1.Talk/"

func main() {
	var err error
	switch os.Args[1] {
	case "server":
		err = serve()
	case "client":
		err = call(os.Args[2], os.Args[3], os.Args[4])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Prints the port that it listens on.
func serve() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := grpc.NewServer(grpc.ForceServerCodec(rawCodec{}), grpc.UnknownServiceHandler(answer))
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	return server.Serve(listener)
}

// Say answers one message, Count as many of 64 KiB as it is told, Chat each one that comes.
func answer(_ any, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	for {
		var message []byte
		err := stream.RecvMsg(&message)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch method {
		case service + "Say":
			reply := append([]byte("you said "), message...)
			return stream.SendMsg(&reply)
		case service + "Count":
			pieces, err := strconv.Atoi(string(message))
			if err != nil {
				return status.Error(codes.InvalidArgument, "a number")
			}
			piece := bytes.Repeat([]byte("x"), 65536)
			for n := 0; n < pieces; n++ {
				if err := stream.SendMsg(&piece); err != nil {
					return err
				}
			}
		default:
			if err := stream.SendMsg(&message); err != nil {
				return err
			}
		}
	}
}

// As clients of old read a challenge: the first line, in this spacing.
var challenge = regexp.MustCompile(`^LSAT macaroon="(.*?)", invoice="(.*?)"`)

// Keeps one token for each method, pays when told to, and shows it ever after: hex, with the preimage as a condition.
type wallet struct {
	url      string
	tokens   map[string]string
	payments int
}

func (w *wallet) show(ctx context.Context, method string) context.Context {
	if token, ok := w.tokens[method]; ok {
		return metadata.AppendToOutgoingContext(ctx, "macaroon", token)
	}
	return ctx
}

func (w *wallet) isUnpaid(err error) bool {
	told, ok := status.FromError(err)
	return ok && told.Code() == codes.Internal && told.Message() == "payment required"
}

func (w *wallet) pay(method string, trailer metadata.MD) error {
	lines := trailer.Get("www-authenticate")
	if len(lines) == 0 {
		return errors.New("no challenge")
	}
	found := challenge.FindStringSubmatch(lines[0])
	if found == nil {
		return fmt.Errorf("not a challenge: %.60s", lines[0])
	}
	encoded, err := base64.StdEncoding.DecodeString(found[1])
	if err != nil {
		return err
	}
	var token macaroon.Macaroon
	if err := token.UnmarshalBinary(encoded); err != nil {
		return err
	}
	body, _ := json.Marshal(map[string]string{"invoice": found[2]})
	answered, err := http.Post(w.url+"/pay", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer answered.Body.Close()
	var paid struct{ Preimage string }
	if err := json.NewDecoder(answered.Body).Decode(&paid); err != nil {
		return err
	}
	if err := token.AddFirstPartyCaveat([]byte("preimage=" + paid.Preimage)); err != nil {
		return err
	}
	shown, err := token.MarshalBinary()
	if err != nil {
		return err
	}
	w.payments++
	w.tokens[method] = hex.EncodeToString(shown)
	return nil
}

func (w *wallet) unary(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	var trailer metadata.MD
	err := invoke(w.show(ctx, method), method, req, reply, conn, append(options, grpc.Trailer(&trailer))...)
	if !w.isUnpaid(err) {
		return err
	}
	if err := w.pay(method, trailer); err != nil {
		return err
	}
	return invoke(w.show(ctx, method), method, req, reply, conn, options...)
}

// A stream hears only with its first answer that it was not paid for, so its price is asked by a call of its own.
func (w *wallet) stream(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
	if _, ok := w.tokens[method]; !ok {
		asked, err := open(ctx, desc, conn, method, options...)
		if err != nil {
			return nil, err
		}
		var nothing []byte
		if err := asked.RecvMsg(&nothing); !w.isUnpaid(err) {
			return nil, fmt.Errorf("expected to pay, got %w", err)
		}
		if err := w.pay(method, asked.Trailer()); err != nil {
			return nil, err
		}
	}
	return open(w.show(ctx, method), desc, conn, method, options...)
}

func call(address, authority, walletURL string) error {
	w := &wallet{url: walletURL, tokens: map[string]string{}}
	conn, err := grpc.NewClient("passthrough:///"+address,
		grpc.WithAuthority(authority),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(rawCodec{})),
		grpc.WithUnaryInterceptor(w.unary), grpc.WithStreamInterceptor(w.stream))
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	for n := 0; n < 2; n++ {
		request, reply := []byte("hello"), []byte{}
		if err := conn.Invoke(ctx, service+"Say", &request, &reply); err != nil {
			return err
		}
		if string(reply) != "you said hello" {
			return fmt.Errorf("unary: %q", reply)
		}
	}
	fmt.Printf("bought once and called twice: %d payment\n", w.payments)
	if w.payments != 1 {
		return errors.New("paid again")
	}
	if err := chat(ctx, conn, 100_000); err != nil {
		return err
	}
	return count(ctx, conn, 16_384)
}

var streaming = &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}

func chat(ctx context.Context, conn *grpc.ClientConn, messages int) error {
	stream, err := conn.NewStream(ctx, streaming, service+"Chat")
	if err != nil {
		return err
	}
	began := time.Now()
	sent := make(chan error, 1)
	go func() {
		for n := 0; n < messages; n++ {
			message := []byte(strconv.Itoa(n))
			if err := stream.SendMsg(&message); err != nil {
				sent <- err
				return
			}
		}
		sent <- stream.CloseSend()
	}()
	for n := 0; n < messages; n++ {
		var message []byte
		if err := stream.RecvMsg(&message); err != nil {
			return fmt.Errorf("message %d: %w", n, err)
		}
		if string(message) != strconv.Itoa(n) {
			return fmt.Errorf("message %d is %q", n, message)
		}
	}
	var more []byte
	if err := stream.RecvMsg(&more); !errors.Is(err, io.EOF) {
		return fmt.Errorf("no end: %w", err)
	}
	fmt.Printf("%d messages in both directions, in order: %.1f s\n", messages, time.Since(began).Seconds())
	return <-sent
}

func count(ctx context.Context, conn *grpc.ClientConn, pieces int) error {
	stream, err := conn.NewStream(ctx, streaming, service+"Count")
	if err != nil {
		return err
	}
	began := time.Now()
	ask := []byte(strconv.Itoa(pieces))
	if err := stream.SendMsg(&ask); err != nil {
		return err
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	length := 0
	for {
		var piece []byte
		err := stream.RecvMsg(&piece)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		length += len(piece)
	}
	if length != pieces*65536 {
		return fmt.Errorf("%d bytes came", length)
	}
	fmt.Printf("%d MB came down: %.1f s\n", length>>20, time.Since(began).Seconds())
	return nil
}
