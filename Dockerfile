# The program alone: static, no shell, not root.
#
#     docker build -t buttress .
#     docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/work:ro" buttress scan recording
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=development
RUN CGO_ENABLED=0 go build -ldflags "-s -w -X main.version=$VERSION" -o /buttress ./cmd/buttress

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /buttress /usr/bin/buttress
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/bin/buttress"]
CMD ["--help"]
