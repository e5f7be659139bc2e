package collect

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/buttress/buttress/internal/recording"
)

// errMalformed says that an answer is not the API's.
var errMalformed = errors.New("the answer is not that of the API")

// unknownError is the SDK's code for an error without one.
const unknownError = "UnknownError"

// gap says why a call has no answer.
func gap(ctx context.Context, c recording.Call, err error) recording.Gap {
	g := recording.Gap{Region: c.Region, Operation: c.Operation, Resource: c.Resource}
	g.Code, g.Message = reason(ctx, err)
	return g
}

// reason is AWS's own code and text, or a code of the recording's.
func reason(ctx context.Context, err error) (code, message string) {
	if api, ok := apiError(err); ok {
		return api.ErrorCode(), withoutIDs(api.ErrorMessage())
	}
	switch {
	case ctx.Err() != nil:
		return recording.Interrupted, "the scan was ended before the answer came"
	case errors.Is(err, errCut):
		return recording.NotRecorded, errCut.Error()
	case malformed(err):
		return recording.MalformedResponse, malformedText(err)
	}
	return recording.Unreachable, unreachableText(err)
}

// apiError is the error that AWS answered with, if it did.
func apiError(err error) (smithy.APIError, bool) {
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() != unknownError && api.ErrorCode() != "" {
		return api, true
	}
	return nil, false
}

// malformed says whether an answer came that is not the API's: a page of HTML,
// garbage, an error without a code.
func malformed(err error) bool {
	if _, ok := apiError(err); ok || errors.Is(err, io.ErrUnexpectedEOF) {
		return false
	}
	if errors.Is(err, errMalformed) {
		return true
	}
	if _, ok := errors.AsType[*smithyhttp.RequestSendError](err); ok {
		return false
	}
	_, undecoded := errors.AsType[*smithy.DeserializationError](err)
	_, answered := errors.AsType[*smithyhttp.ResponseError](err)
	return undecoded || answered
}

// refused says whether the answer says no, which it will say again.
func refused(err error) bool {
	r, ok := errors.AsType[*smithyhttp.ResponseError](err)
	return ok && r.HTTPStatusCode() >= 400 && r.HTTPStatusCode() < 500
}

func malformedText(err error) string {
	if r, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && r.Response != nil {
		kind := r.Response.Header.Get("Content-Type")
		return strings.TrimSpace(fmt.Sprintf("%v (HTTP %d %s)", errMalformed, r.HTTPStatusCode(), kind))
	}
	return withoutIDs(root(err))
}

func unreachableText(err error) string {
	text := withoutIDs(root(err))
	if u, ok := errors.AsType[*url.Error](err); ok {
		if to, parseErr := url.Parse(u.URL); parseErr == nil {
			return to.Host + ": " + text
		}
	}
	return text
}

// root is the text of the error at the bottom, which no layer has decorated.
func root(err error) string {
	for {
		below := errors.Unwrap(err)
		if below == nil {
			return err.Error()
		}
		err = below
	}
}

// requestIDs are the ways in which texts name a request. They differ with every
// call, so that two recordings of the same account would differ.
var requestIDs = regexp.MustCompile(`(?i)\s*\(service: [^)]*request id[^)]*\)|[,;]?\s*\(?\b(?:request[ -]?id|host ?id|status ?code)\b\s*[:=]\s*[\w+/=-]*\)?`)

func withoutIDs(message string) string {
	return strings.TrimSpace(strings.Trim(oneLine(requestIDs.ReplaceAllString(message, "")), ",;"))
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// rightDocument refuses an answer that is not the document the operation is
// answered with. The SDK takes nothing at all, or a page of HTML with status
// 200, for an empty list.
type rightDocument struct{}

func (rightDocument) ID() string { return "RightDocument" }

func (d rightDocument) addTo(stack *middleware.Stack) error {
	return stack.Deserialize.Insert(d, "OperationDeserializer", middleware.After)
}

// HandleDeserialize implements middleware.DeserializeMiddleware.
func (rightDocument) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	middleware.DeserializeOutput, middleware.Metadata, error,
) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	r, ok := out.RawResponse.(*smithyhttp.Response)
	if err != nil || !ok || r.StatusCode < 200 || r.StatusCode > 299 {
		return out, metadata, err
	}
	head := bufio.NewReaderSize(r.Body, 4096)
	r.Body = struct {
		io.Reader
		io.Closer
	}{head, r.Body}
	return out, metadata, checkRoot(head, awsmiddleware.GetOperationName(ctx)+"Response")
}

// prolog is what can stand in front of the root element.
var prolog = regexp.MustCompile(`^(?:\x{FEFF}|\s|<\?[^>]*\?>|<!--.*?-->)*`)

func checkRoot(r *bufio.Reader, want string) error {
	head, err := r.Peek(1024)
	if err != nil && !errors.Is(err, io.EOF) {
		return &smithy.DeserializationError{Err: err}
	}
	head = head[len(prolog.Find(head)):]
	rest, ok := bytes.CutPrefix(head, []byte("<"+want))
	if !ok || len(rest) == 0 || !bytes.ContainsRune([]byte(" \t\r\n/>"), rune(rest[0])) {
		return errMalformed
	}
	return nil
}
