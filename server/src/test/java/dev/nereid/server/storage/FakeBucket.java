package dev.nereid.server.storage;

import com.google.protobuf.ByteString;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** A bucket behind HTTP on a loopback port; what cloud it plays is its subclass's. */
public abstract class FakeBucket implements AutoCloseable {
    /** Few, so that lists have several pages. */
    static final int PAGE = 3;

    protected record Item(ByteString bytes, Instant modified) {
        byte[] content() {
            return bytes.toByteArray();
        }
    }

    /** What a listing answers: keys and folders together at most {@link #PAGE}. */
    protected record Page(NavigableMap<String, Item> items, SortedSet<String> folders, String next) {}

    private final NavigableMap<String, Item> items = new ConcurrentSkipListMap<>();
    private final List<String> downloads = new CopyOnWriteArrayList<>();
    private final HttpServer server;
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong answersLeft = new AtomicLong(Long.MAX_VALUE);

    FakeBucket() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::answer);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    public final int port() {
        return server.getAddress().getPort();
    }

    /** Writes an object at a time of the store's. */
    public final void put(String key, byte[] content, Instant modified) {
        items.put(key, new Item(ByteString.copyFrom(content), modified));
    }

    public final void put(String key, String content) {
        put(key, content.getBytes(StandardCharsets.UTF_8), Instant.parse("2026-01-02T03:04:05Z"));
    }

    /** Writes every file below a folder, under a prefix. */
    public final void putAll(String prefix, Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path file : tree.filter(Files::isRegularFile).toList()) {
                put(prefix + folder.relativize(file), Files.readAllBytes(file), Instant.parse("2026-01-02T03:04:05Z"));
            }
        }
    }

    public final void remove(String prefix) {
        items.keySet().removeIf(key -> key.startsWith(prefix));
    }

    /** Keys in the order in which they were downloaded. */
    public final List<String> downloads() {
        return downloads;
    }

    /** How often the store was asked for anything. */
    public final long requests() {
        return requests.get();
    }

    /** Whether everything fails from now on. */
    public final void breakDown(boolean broken) {
        answersLeft.set(broken ? 0 : Long.MAX_VALUE);
    }

    /** Everything fails once so many requests more have been answered. */
    public final void breakAfter(long requests) {
        answersLeft.set(requests);
    }

    /** Answers a request; the exchange is closed afterwards. */
    protected abstract void serve(HttpExchange exchange, Map<String, String> query) throws IOException;

    /** How the cloud says that it is out of order. */
    protected abstract int brokenStatus();

    protected final Item item(String key) {
        downloads.add(key);
        return items.getOrDefault(key, new Item(ByteString.EMPTY, Instant.EPOCH));
    }

    protected final boolean has(String key) {
        return items.containsKey(key);
    }

    protected final Page page(String prefix, String delimiter, String after, int most) {
        NavigableMap<String, Item> found = new TreeMap<>();
        SortedSet<String> folders = new TreeSet<>();
        String last = after;
        SortedMap<String, Item> rest = items.tailMap(after, false);
        for (Map.Entry<String, Item> entry : rest.entrySet()) {
            String key = entry.getKey();
            if (!key.startsWith(prefix) || (!folders.isEmpty() && key.startsWith(last) && last.endsWith("/"))) {
                continue;
            }
            if (found.size() + folders.size() == most) {
                return new Page(found, folders, last);
            }
            int slash = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
            if (slash < 0) {
                found.put(key, entry.getValue());
                last = key;
            } else {
                last = key.substring(0, slash + 1);
                folders.add(last);
            }
        }
        return new Page(found, folders, "");
    }

    protected static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        boolean empty = body.length == 0 || exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, empty ? -1 : body.length);
        if (!empty) {
            exchange.getResponseBody().write(body);
        }
    }

    protected static void send(HttpExchange exchange, int status, String type, String body) throws IOException {
        send(exchange, status, type, body.getBytes(StandardCharsets.UTF_8));
    }

    private void answer(HttpExchange exchange) throws IOException {
        requests.incrementAndGet();
        try (exchange) {
            if (answersLeft.getAndUpdate(left -> Math.max(left - 1, 0)) == 0) {
                exchange.sendResponseHeaders(brokenStatus(), -1);
                return;
            }
            serve(exchange, query(exchange));
        }
    }

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new TreeMap<>();
        String raw = Objects.requireNonNullElse(exchange.getRequestURI().getRawQuery(), "");
        for (String pair : new ArrayList<>(List.of(raw.split("&")))) {
            int equals = pair.indexOf('=');
            String name = equals < 0 ? pair : pair.substring(0, equals);
            String value = equals < 0 ? "" : pair.substring(equals + 1);
            if (!name.isEmpty()) {
                query.put(decode(name), decode(value));
            }
        }
        return query;
    }

    protected static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    @Override
    public final void close() {
        server.stop(0);
    }
}
