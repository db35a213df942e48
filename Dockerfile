# For those without ko; make image builds it. The image holds the operator and the
# certificates of public authorities, runs as nobody in particular, and names no
# registry: GO_IMAGE is any image with Go, make and those certificates.
ARG GO_IMAGE=golang:1.26
FROM ${GO_IMAGE} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=unknown
ARG TARGETOS
ARG TARGETARCH
RUN GOOS=${TARGETOS} GOARCH=${TARGETARCH} make build VERSION=${VERSION}

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/bin/external-endpoints /external-endpoints
USER 65532:65532
ENTRYPOINT ["/external-endpoints"]
