package dev.nereid.server.torchserve;

import dev.nereid.server.torchserve.TorchServeException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds archives: entries of one folder, and where the configuration allows it files elsewhere and what HTTP servers have. */
final class ModelStore {
    private static final int MOST_REDIRECTS = 5;
    private static final int OK = 200;
    private static final int BUFFER_BYTES = 64 << 10;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration ANSWER_TIMEOUT = Duration.ofMinutes(2);

    private final TorchServeConfig config;

    ModelStore(TorchServeConfig config) {
        this.config = config;
    }

    /**
     * An archive on this machine.
     *
     * @param downloaded whether it was fetched, and goes with the model
     */
    record Stored(Path archive, boolean downloaded) {
        /** Deletes what was fetched. */
        void discard() {
            if (downloaded) {
                try {
                    Files.deleteIfExists(archive);
                } catch (IOException e) {
                    // It stays in the store; the next registration of it says so.
                }
            }
        }
    }

    /**
     * The archive that a request means; fetched where it is elsewhere.
     *
     * @param url name of an entry of the store, or a URL that is allowed
     * @param again whether what was fetched from a URL before is taken for it
     * @throws TorchServeException if there is none, or it lies outside of what is allowed
     */
    Stored find(String url, boolean again) {
        if (url.isEmpty()) {
            throw new TorchServeException(Kind.NO_MODEL, "empty url");
        }
        if (url.contains("..")) {
            throw new TorchServeException(Kind.NO_MODEL, "Relative path is not allowed in url: " + url);
        }
        String scheme = url.toLowerCase(Locale.ROOT);
        try {
            if (scheme.startsWith("http://") || scheme.startsWith("https://")) {
                return new Stored(download(url, again), true);
            }
            if (scheme.startsWith("file:")) {
                checkAllowed(url);
                return new Stored(existing(url, Path.of(URI.create(url))), false);
            }
            Path store = store();
            Path entry = store.resolve(url).normalize();
            if (!store.equals(entry.getParent())) {
                throw new TorchServeException(
                        Kind.NO_MODEL,
                        "Model not found at: " + url + "; expected the name of an entry of the model store, or a URL");
            }
            return new Stored(existing(url, entry), false);
        } catch (IllegalArgumentException e) { // of a path too
            throw new TorchServeException(Kind.NO_MODEL, "Model not found at: " + url, e);
        }
    }

    /** The names of what may be archives in the store: files that end in {@code .mar}, and folders with a manifest. */
    List<String> entries() {
        List<String> names = new ArrayList<>();
        try (Stream<Path> files = Files.list(store())) {
            files.filter(file -> Files.isDirectory(file)
                            ? Files.isRegularFile(file.resolve("MAR-INF").resolve("MANIFEST.json"))
                            : file.toString().endsWith(".mar"))
                    .map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .forEach(names::add);
        } catch (IOException e) {
            throw new TorchServeException(
                    Kind.FAILED, "Model store path is not found: " + store() + " cannot be read: " + e.getMessage(), e);
        }
        return names;
    }

    private Path store() {
        return config.modelStore()
                .orElseThrow(() -> new TorchServeException(Kind.NO_MODEL, "Model store has not been configured."));
    }

    private static Path existing(String url, Path file) {
        if (!Files.exists(file)) {
            throw new TorchServeException(Kind.NO_MODEL, "Model not found at: " + url);
        }
        return file;
    }

    private void checkAllowed(String url) {
        if (config.allowedUrls().stream()
                .noneMatch(pattern -> pattern.matcher(url).matches())) {
            throw new TorchServeException(Kind.BAD_URL, "Given URL " + url + " does not match any allowed URL(s)");
        }
    }

    /** Fetches an archive into the store, under the last part of the URL's path. */
    private Path download(String url, boolean again) {
        checkAllowed(url);
        String path = Optional.ofNullable(URI.create(url).getPath()).orElse("");
        String name = path.substring(path.lastIndexOf('/') + 1);
        if (name.isEmpty() || name.startsWith(".")) {
            throw new TorchServeException(Kind.NO_MODEL, "Model not found at: " + url + "; its path names no file");
        }
        Path target = store().resolve(name);
        if (again && Files.isRegularFile(target)) {
            return target;
        }
        if (Files.exists(target)) {
            throw new TorchServeException(Kind.FAILED, "Model file already exists " + name);
        }
        Path part = store().resolve("." + name + ".part");
        try (HttpClient client = HttpClient.newBuilder()
                .connectTimeout(CONNECT_TIMEOUT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build()) {
            fetch(client, url, part);
            Files.move(part, target);
            return target;
        } catch (IOException e) {
            throw new TorchServeException(
                    Kind.BAD_DOWNLOAD, "Failed to download archive from: " + url + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TorchServeException(Kind.BAD_DOWNLOAD, "Failed to download archive from: " + url, e);
        } finally {
            new Stored(part, true).discard();
        }
    }

    /** Fetches a file. Where a server sends to another place, that has to be allowed too. */
    private void fetch(HttpClient client, String url, Path part) throws IOException, InterruptedException {
        String at = url;
        for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(at))
                    .timeout(ANSWER_TIMEOUT)
                    .build();
            HttpResponse<InputStream> response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                if (response.statusCode() == OK) {
                    save(body, part);
                    return;
                }
                Optional<String> next = response.headers().firstValue("location");
                if (response.statusCode() / 100 != 3 || next.isEmpty()) {
                    throw new IOException("expected status 200, got " + response.statusCode());
                }
                at = URI.create(at).resolve(next.get()).toString();
                checkAllowed(at);
            }
        }
        throw new IOException("expected at most " + MOST_REDIRECTS + " redirects");
    }

    private void save(InputStream body, Path part) throws IOException {
        long most = config.limits().download();
        long bytes = 0;
        byte[] buffer = new byte[BUFFER_BYTES];
        try (OutputStream target =
                Files.newOutputStream(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
                bytes += read;
                if (bytes > most) {
                    throw new IOException(
                            "it is larger than " + most + " bytes, the limit of max_archive_download_size");
                }
                target.write(buffer, 0, read);
            }
        }
    }
}
