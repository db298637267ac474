package dev.nereid.server.storage;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A store that speaks as much of S3's protocol as is needed to read the bucket {@code models}, and answers whoever signs with
 * version 4 of Amazon's signature and the right key.
 */
public final class FakeS3 extends FakeBucket {
    public static final String KEY_ID = "AKIDEXAMPLE";
    public static final String SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    private static final String BUCKET = "/models";

    /** The variables that open it. */
    public Map<String, String> environment(Path copies) {
        return Map.of(
                "AWS_ACCESS_KEY_ID",
                KEY_ID,
                "AWS_SECRET_ACCESS_KEY",
                SECRET,
                "AWS_DEFAULT_REGION",
                "eu-central-1",
                "TRITON_AWS_MOUNT_DIRECTORY",
                copies.toString());
    }

    /** The repository in a folder of the bucket. */
    public String url(String path) {
        return "s3://127.0.0.1:" + port() + BUCKET + path;
    }

    @Override
    protected int brokenStatus() {
        return 400;
    }

    @Override
    protected void serve(HttpExchange exchange, Map<String, String> query) throws IOException {
        if (!isSigned(exchange, query)) {
            fail(exchange, 403, "SignatureDoesNotMatch");
            return;
        }
        String path = decode(exchange.getRequestURI().getRawPath());
        if (!path.startsWith(BUCKET)) {
            fail(exchange, 404, "NoSuchBucket");
        } else if (query.containsKey("list-type")) {
            int most = Math.min(Integer.parseInt(query.getOrDefault("max-keys", "1000")), PAGE);
            Page page = page(
                    query.getOrDefault("prefix", ""),
                    query.getOrDefault("delimiter", ""),
                    query.getOrDefault("continuation-token", ""),
                    most);
            send(exchange, 200, "application/xml", xml(page));
        } else if (path.length() <= BUCKET.length() + 1) {
            send(exchange, 200, "application/xml", "");
        } else if (has(path.substring(BUCKET.length() + 1))) {
            send(
                    exchange,
                    200,
                    "binary/octet-stream",
                    item(path.substring(BUCKET.length() + 1)).content());
        } else {
            fail(exchange, 404, "NoSuchKey");
        }
    }

    private static void fail(HttpExchange exchange, int status, String code) throws IOException {
        send(exchange, status, "application/xml", "<Error><Code>" + code + "</Code><Message>no</Message></Error>");
    }

    private static String xml(Page page) {
        StringBuilder xml = new StringBuilder("<ListBucketResult><Name>models</Name>");
        xml.append("<IsTruncated>").append(!page.next().isEmpty()).append("</IsTruncated>");
        if (!page.next().isEmpty()) {
            xml.append("<NextContinuationToken>").append(page.next()).append("</NextContinuationToken>");
        }
        page.items()
                .forEach((key, item) -> xml.append("<Contents><Key>")
                        .append(key)
                        .append("</Key><LastModified>")
                        .append(item.modified())
                        .append("</LastModified><ETag>&quot;")
                        .append(Arrays.hashCode(item.content()))
                        .append("&quot;</ETag><Size>")
                        .append(item.content().length)
                        .append("</Size></Contents>"));
        page.folders()
                .forEach(folder ->
                        xml.append("<CommonPrefixes><Prefix>").append(folder).append("</Prefix></CommonPrefixes>"));
        return xml.append("</ListBucketResult>").toString();
    }

    private static boolean isSigned(HttpExchange exchange, Map<String, String> query) {
        String authorization =
                Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst("Authorization"), "");
        if (!authorization.startsWith("AWS4-HMAC-SHA256 ")) {
            return false;
        }
        Map<String, String> parts = Arrays.stream(authorization.substring(17).split(", ?"))
                .map(part -> part.split("=", 2))
                .collect(Collectors.toMap(part -> part[0], part -> part[1]));
        List<String> scope = List.of(parts.getOrDefault("Credential", "").split("/"));
        if (!scope.getFirst().equals(KEY_ID)) {
            return false;
        }
        String headers = parts.getOrDefault("SignedHeaders", "");
        String canonical = String.join(
                "\n",
                exchange.getRequestMethod(),
                exchange.getRequestURI().getRawPath(),
                new TreeMap<>(query)
                        .entrySet().stream()
                                .map(pair -> encode(pair.getKey()) + "=" + encode(pair.getValue()))
                                .collect(Collectors.joining("&")),
                Arrays.stream(headers.split(";"))
                        .map(name -> name + ":"
                                + exchange.getRequestHeaders().getFirst(name).strip() + "\n")
                        .collect(Collectors.joining()),
                headers,
                exchange.getRequestHeaders().getFirst("x-amz-content-sha256"));
        String place = String.join("/", scope.subList(1, scope.size()));
        String toSign = "AWS4-HMAC-SHA256\n" + exchange.getRequestHeaders().getFirst("x-amz-date") + "\n" + place + "\n"
                + hex(sha256(canonical));
        byte[] key = ("AWS4" + SECRET).getBytes(StandardCharsets.UTF_8);
        for (String part : scope.subList(1, scope.size())) {
            key = hmac(key, part);
        }
        return hex(hmac(key, toSign)).equals(parts.get("Signature"));
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A")
                .replace("%7E", "~");
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
