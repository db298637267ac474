package dev.nereid.server.storage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.auth.oauth2.GoogleCredentials;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * A bucket of Google Cloud Storage, by its JSON interface: Google's own client is half as large as the whole server. Tokens
 * come from Google's library for them.
 *
 * @see <a href="https://cloud.google.com/storage/docs/json_api/v1/objects">Objects</a>
 */
final class GoogleStore implements ObjectStore {
    private static final String SCOPE = "https://www.googleapis.com/auth/devstorage.read_only";
    private static final String ENDPOINT = "https://storage.googleapis.com";

    /** The variable that Google's own clients read for a store that stands in for theirs. */
    private static final String ENDPOINT_VARIABLE = "STORAGE_EMULATOR_HOST";

    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final int OK = 200;

    /** What may succeed a moment later, by Google's list. */
    private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);

    private static final int ATTEMPTS = 3;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final int MOST_ERROR_CHARS = 300;

    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(10))
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
    private final ObjectMapper json = new ObjectMapper();
    private final String objects;
    private final String bucket;
    private final Optional<GoogleCredentials> credentials;

    private GoogleStore(String endpoint, String bucket, Optional<GoogleCredentials> credentials) {
        this.objects = endpoint + "/storage/v1/b/" + encode(bucket) + "/o";
        this.bucket = bucket;
        this.credentials = credentials;
    }

    /**
     * A bucket, which is not asked for yet.
     *
     * @param keyFile of a user or service account; empty for whatever the machine offers, else for nobody
     * @throws StorageException if the file cannot be read
     */
    static GoogleStore open(RemoteUrl.OfGoogle url, String keyFile, Map<String, String> environment) {
        String endpoint = environment.getOrDefault(ENDPOINT_VARIABLE, "");
        Optional<GoogleCredentials> credentials =
                keyFile.isEmpty() ? ofMachine(endpoint) : Optional.of(ofFile(keyFile));
        String base = endpoint.isEmpty() ? ENDPOINT : endpoint.contains("://") ? endpoint : "http://" + endpoint;
        return new GoogleStore(base, url.bucket(), credentials.map(found -> found.createScoped(SCOPE)));
    }

    private static GoogleCredentials ofFile(String file) {
        try (InputStream content = new FileInputStream(file)) {
            return GoogleCredentials.fromStream(content);
        } catch (IOException e) {
            throw new StorageException(
                    "Unable to create GCS client. Check account credentials. '" + file + "' cannot be used: " + e, e);
        }
    }

    private static Optional<GoogleCredentials> ofMachine(String endpoint) {
        if (!endpoint.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(GoogleCredentials.getApplicationDefault());
        } catch (IOException _) {
            return Optional.empty(); // the bucket may be a public one
        }
    }

    @Override
    public void check() {
        pages("&maxResults=1", "", _ -> {}, false);
    }

    @Override
    public List<StoredObject> list(String prefix) {
        List<StoredObject> found = new ArrayList<>();
        pages(
                "",
                prefix,
                page -> page.path("items")
                        .forEach(item -> found.add(new StoredObject(
                                item.path("name").asText(),
                                item.path("size").asLong(),
                                Instant.parse(item.path("updated").asText("1970-01-01T00:00:00Z")),
                                item.path("generation").asText()))),
                true);
        return found;
    }

    @Override
    public SortedSet<String> folders(String prefix) {
        NavigableSet<String> names = new TreeSet<>();
        pages(
                "&delimiter=%2F",
                prefix,
                page -> page.path("prefixes").forEach(folder -> {
                    String path = folder.asText();
                    names.add(path.substring(prefix.length(), path.length() - 1));
                }),
                true);
        names.remove("");
        return names;
    }

    @Override
    public boolean holds(String prefix) {
        List<JsonNode> found = new ArrayList<>();
        pages("&maxResults=1", prefix, page -> page.path("items").forEach(found::add), false);
        return !found.isEmpty();
    }

    @Override
    public void download(StoredObject object, Path file) throws IOException {
        URI uri = URI.create(objects + "/" + encode(object.key()) + "?alt=media");
        HttpResponse<InputStream> response = send(uri, "Failed to get object at gs://" + bucket + "/" + object.key());
        try (InputStream content = response.body()) {
            Files.copy(content, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    @Override
    public void close() {
        client.close();
    }

    /** @param all whether to ask for every page, and not for the first alone */
    private void pages(String query, String prefix, Consumer<JsonNode> reader, boolean all) {
        String what = "Could not list contents of directory at gs://" + bucket + "/" + prefix;
        String token = "";
        do {
            URI uri = URI.create(objects + "?prefix=" + encode(prefix) + query
                    + "&fields=items(name,size,updated,generation),prefixes,nextPageToken"
                    + (token.isEmpty() ? "" : "&pageToken=" + encode(token)));
            try (InputStream body = send(uri, what).body()) {
                JsonNode page = json.readTree(body);
                reader.accept(page);
                token = page.path("nextPageToken").asText();
            } catch (IOException e) {
                throw new StorageException(what + " : " + e, e);
            }
        } while (all && !token.isEmpty());
    }

    /** @param what the first half of the sentence that is thrown where this fails */
    private HttpResponse<InputStream> send(URI uri, String what) {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(TIMEOUT);
            if (credentials.isPresent()) {
                credentials
                        .get()
                        .getRequestMetadata(uri)
                        .forEach((name, values) -> values.forEach(value -> request.header(name, value)));
            }
            HttpResponse<InputStream> response = client.send(request.build(), BodyHandlers.ofInputStream());
            Duration pause = FIRST_PAUSE;
            for (int attempt = 1; attempt < ATTEMPTS && PASSING.contains(response.statusCode()); attempt++) {
                response.body().close();
                Thread.sleep(pause);
                pause = pause.multipliedBy(2);
                response = client.send(request.build(), BodyHandlers.ofInputStream());
            }
            if (response.statusCode() == OK) {
                return response;
            }
            try (InputStream body = response.body()) {
                String text = new String(body.readNBytes(MOST_ERROR_CHARS), StandardCharsets.UTF_8);
                throw new StorageException(what + " : status " + response.statusCode() + " " + text.strip());
            }
        } catch (IOException e) {
            throw new StorageException(what + " : " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StorageException(what + " : interrupted", e);
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
