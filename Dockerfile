# For those who build images with an engine: make image BUILDER=docker. Without one make
# image packs the same (tools/image): the operator and the certificates of public
# authorities, run as nobody in particular. GO_IMAGE is any image with Go, make and
# those certificates.
ARG GO_IMAGE=golang:1.26.8
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
ARG VERSION=unknown
LABEL org.opencontainers.image.title="external-endpoints" \
      org.opencontainers.image.description="Health checks for hosts outside the cluster; only the healthy ones get a Service's traffic." \
      org.opencontainers.image.source="https://github.com/external-endpoints/operator" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
USER 65532:65532
ENTRYPOINT ["/external-endpoints"]
