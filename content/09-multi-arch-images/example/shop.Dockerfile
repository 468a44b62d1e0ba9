FROM --platform=$BUILDPLATFORM golang:1.25 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o /shop .

FROM alpine:3.22
COPY --from=build /shop /app/shop
ENTRYPOINT ["/app/shop"]
