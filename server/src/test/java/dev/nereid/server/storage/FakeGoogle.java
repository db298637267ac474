package dev.nereid.server.storage;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A store that speaks as much of Google Cloud Storage's JSON protocol as is needed to read the bucket {@code models}, and gives
 * tokens to its service account.
 */
public final class FakeGoogle extends FakeBucket {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String OBJECTS = "/storage/v1/b/models/o";
    private static final String TOKEN = "a-token";
    private final AtomicInteger overloads = new AtomicInteger();
    private volatile boolean open = true;

    /** The variables with which it is read by anybody. */
    public Map<String, String> environment(Path copies) {
        return Map.of("STORAGE_EMULATOR_HOST", "127.0.0.1:" + port(), "TRITON_GCS_MOUNT_DIRECTORY", copies.toString());
    }

    /** The next requests fail, for a moment. */
    public void overload(int requests) {
        overloads.set(requests);
    }

    /** From now on only whoever has a token is answered; the file of the account that gets one is written. */
    public void close(Path keyFile) throws IOException, NoSuchAlgorithmException {
        open = false;
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair pair = generator.generateKeyPair();
        ObjectNode key = JSON.createObjectNode()
                .put("type", "service_account")
                .put("project_id", "p")
                .put("private_key_id", "1")
                .put(
                        "private_key",
                        "-----BEGIN PRIVATE KEY-----\n"
                                + Base64.getMimeEncoder()
                                        .encodeToString(pair.getPrivate().getEncoded())
                                + "\n-----END PRIVATE KEY-----\n")
                .put("client_email", "reader@p.iam.gserviceaccount.com")
                .put("client_id", "7")
                .put("token_uri", "http://127.0.0.1:" + port() + "/token");
        Files.writeString(keyFile, key.toString());
    }

    @Override
    protected int brokenStatus() {
        return 403;
    }

    @Override
    protected void serve(HttpExchange exchange, Map<String, String> query) throws IOException {
        String path = exchange.getRequestURI().getRawPath();
        if (overloads.getAndUpdate(left -> Math.max(left - 1, 0)) > 0) {
            send(exchange, 503, "application/json", "{\"error\":{\"message\":\"Try again\"}}");
        } else if (path.equals("/token")) {
            exchange.getRequestBody().readAllBytes();
            send(exchange, 200, "application/json", """
                    {"access_token": "%s", "expires_in": 3600, "token_type": "Bearer"}""".formatted(TOKEN));
        } else if (!open
                && !("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            send(exchange, 401, "application/json", "{\"error\":{\"message\":\"Anonymous caller\"}}");
        } else if (path.equals(OBJECTS)) {
            int most = Math.min(Integer.parseInt(query.getOrDefault("maxResults", "1000")), PAGE);
            Page page = page(
                    query.getOrDefault("prefix", ""),
                    query.getOrDefault("delimiter", ""),
                    query.getOrDefault("pageToken", ""),
                    most);
            send(exchange, 200, "application/json", json(page));
        } else if (path.startsWith(OBJECTS + "/") && has(decode(path.substring(OBJECTS.length() + 1)))) {
            send(
                    exchange,
                    200,
                    "binary/octet-stream",
                    item(decode(path.substring(OBJECTS.length() + 1))).content());
        } else {
            send(
                    exchange,
                    404,
                    "application/json",
                    "{\"error\":{\"message\":\"The specified bucket does not exist.\"}}");
        }
    }

    private static String json(Page page) {
        ObjectNode json = JSON.createObjectNode();
        if (!page.next().isEmpty()) {
            json.put("nextPageToken", page.next());
        }
        page.items()
                .forEach((key, item) -> json.withArray("items")
                        .addObject()
                        .put("name", key)
                        .put("size", String.valueOf(item.content().length))
                        .put("updated", item.modified().toString())
                        .put("generation", String.valueOf(Arrays.hashCode(item.content()))));
        page.folders().forEach(folder -> json.withArray("prefixes").add(folder));
        return json.toString();
    }
}
