package dev.nereid.server.storage;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A store that speaks as much of Azure Blob Storage's protocol as is needed to read the container {@code models} of the account
 * {@code shop}, and answers whoever signs with the account's key.
 */
public final class FakeAzure extends FakeBucket {
    public static final String KEY =
            Base64.getEncoder().encodeToString("a key of the account".getBytes(StandardCharsets.UTF_8));
    private static final String CONTAINER = "/models";
    private static final List<String> SIGNED = List.of(
            "Content-Encoding",
            "Content-Language",
            "Content-Length",
            "Content-MD5",
            "Content-Type",
            "Date",
            "If-Modified-Since",
            "If-Match",
            "If-None-Match",
            "If-Unmodified-Since",
            "Range");

    /** The variables that open it. */
    public Map<String, String> environment(Path copies) {
        return Map.of(
                "AZURE_STORAGE_ACCOUNT",
                "shop",
                "AZURE_STORAGE_KEY",
                KEY,
                "AZURE_STORAGE_SERVICE_ENDPOINT",
                "http://127.0.0.1:" + port(),
                "TRITON_AZURE_MOUNT_DIRECTORY",
                copies.toString());
    }

    @Override
    protected int brokenStatus() {
        return 400;
    }

    @Override
    protected void serve(HttpExchange exchange, Map<String, String> query) throws IOException {
        exchange.getResponseHeaders().set("x-ms-version", "2026-01-01");
        String path = decode(exchange.getRequestURI().getRawPath());
        if (!isSigned(exchange, query)) {
            fail(exchange, 403, "AuthenticationFailed");
        } else if (query.getOrDefault("comp", "").equals("list") && path.equals(CONTAINER)) {
            int most = Math.min(Integer.parseInt(query.getOrDefault("maxresults", "5000")), PAGE);
            Page page = page(
                    query.getOrDefault("prefix", ""),
                    query.getOrDefault("delimiter", ""),
                    query.getOrDefault("marker", ""),
                    most);
            send(exchange, 200, "application/xml", xml(page));
        } else if (path.startsWith(CONTAINER + "/") && has(path.substring(CONTAINER.length() + 1))) {
            Item item = item(path.substring(CONTAINER.length() + 1));
            byte[] content = item.content();
            exchange.getResponseHeaders().set("ETag", "\"" + Arrays.hashCode(content) + "\"");
            exchange.getResponseHeaders().set("Last-Modified", time(item));
            exchange.getResponseHeaders().set("x-ms-blob-type", "BlockBlob");
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes 0-" + (content.length - 1) + "/" + content.length);
            send(exchange, 206, "application/octet-stream", content);
        } else {
            fail(exchange, 404, "ContainerNotFound");
        }
    }

    private static void fail(HttpExchange exchange, int status, String code) throws IOException {
        exchange.getResponseHeaders().set("x-ms-error-code", code);
        send(
                exchange,
                status,
                "application/xml",
                "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>no</Message></Error>");
    }

    private static String time(Item item) {
        return DateTimeFormatter.RFC_1123_DATE_TIME
                .format(item.modified().atZone(ZoneOffset.UTC))
                .replaceFirst(", (\\d) ", ", 0$1 ");
    }

    /** Keys that end in a slash are listed as accounts with real folders do it. */
    private static String xml(Page page) {
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults><Blobs>");
        page.items().forEach((key, item) -> {
            boolean folder = key.endsWith("/");
            xml.append("<Blob><Name>")
                    .append(folder ? key.substring(0, key.length() - 1) : key)
                    .append("</Name><Properties>");
            xml.append("<Last-Modified>").append(time(item)).append("</Last-Modified>");
            xml.append("<Etag>").append(Arrays.hashCode(item.content())).append("</Etag>");
            xml.append("<Content-Length>").append(item.content().length).append("</Content-Length>");
            xml.append("<BlobType>BlockBlob</BlobType></Properties>");
            xml.append(folder ? "<Metadata><hdi_isfolder>true</hdi_isfolder></Metadata>" : "")
                    .append("</Blob>");
        });
        page.folders()
                .forEach(folder ->
                        xml.append("<BlobPrefix><Name>").append(folder).append("</Name></BlobPrefix>"));
        return xml.append("</Blobs><NextMarker>")
                .append(page.next())
                .append("</NextMarker></EnumerationResults>")
                .toString();
    }

    /** By the rules of a shared key. */
    private static boolean isSigned(HttpExchange exchange, Map<String, String> query) {
        String standard = SIGNED.stream()
                .map(name ->
                        Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst(name), ""))
                .map(value -> value.equals("0") ? "" : value)
                .collect(Collectors.joining("\n"));
        String own = new TreeMap<>(exchange.getRequestHeaders())
                .entrySet().stream()
                        .filter(header ->
                                header.getKey().toLowerCase(Locale.ROOT).startsWith("x-ms-"))
                        .map(header -> header.getKey().toLowerCase(Locale.ROOT) + ":"
                                + header.getValue().getFirst() + "\n")
                        .sorted()
                        .collect(Collectors.joining());
        String resource = "/shop" + exchange.getRequestURI().getRawPath()
                + query.entrySet().stream()
                        .map(pair -> "\n" + pair.getKey() + ":" + pair.getValue())
                        .collect(Collectors.joining());
        byte[] signature = FakeS3.hmac(
                Base64.getDecoder().decode(KEY), exchange.getRequestMethod() + "\n" + standard + "\n" + own + resource);
        return ("SharedKey shop:" + Base64.getEncoder().encodeToString(signature))
                .equals(exchange.getRequestHeaders().getFirst("Authorization"));
    }
}
