package dev.nereid.server.cache;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;

/** As much of a Redis as the cache needs, on a free loopback port; a test can have it fail. */
final class FakeRedis implements AutoCloseable {
    /** What it does with GET and SET. */
    enum Mood {
        WELL,
        /** Answers with an error, as a Redis without memory does. */
        REFUSING,
        /** Hangs up. */
        HANGING_UP,
        /** Says nothing. */
        SILENT,
        /** Says nothing until it is well. */
        WAITING
    }

    final Map<String, byte[]> values = new ConcurrentHashMap<>();
    /** The names of the commands, in order. */
    final List<String> commands = new CopyOnWriteArrayList<>();

    volatile Mood mood = Mood.WELL;
    private final String password;
    private final ServerSocket server;
    private final Set<Socket> clients = ConcurrentHashMap.newKeySet();

    FakeRedis() {
        this("");
    }

    /** @param password what clients must say; empty for nothing */
    FakeRedis(String password) {
        this(password, listen(ServerSocketFactory.getDefault()));
    }

    /**
     * One with TLS.
     *
     * @param asksForClients whether clients must show certificates
     */
    FakeRedis(SSLContext context, boolean asksForClients) {
        this("", listening(context, asksForClients));
    }

    private static ServerSocket listening(SSLContext context, boolean asksForClients) {
        SSLServerSocket server = (SSLServerSocket) listen(context.getServerSocketFactory());
        server.setNeedClientAuth(asksForClients);
        return server;
    }

    private FakeRedis(String password, ServerSocket server) {
        this.password = password;
        this.server = server;
        Thread.ofVirtual().start(this::accept);
    }

    private static ServerSocket listen(ServerSocketFactory factory) {
        try {
            return factory.createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                clients.add(client);
                Thread.ofVirtual().start(() -> serve(client));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serve(Socket client) {
        boolean known = password.isEmpty();
        try (client) {
            InputStream in = new BufferedInputStream(client.getInputStream());
            OutputStream out = client.getOutputStream();
            for (List<byte[]> command = read(in); !command.isEmpty(); command = read(in)) {
                String name = text(command.getFirst());
                commands.add(name);
                if (name.equals("AUTH")) {
                    known = text(command.getLast()).equals(password);
                    reply(out, known ? "+OK" : "-WRONGPASS invalid username-password pair or user is disabled.");
                } else if (!known) {
                    reply(out, "-NOAUTH Authentication required.");
                } else if (!answer(name, command, out)) {
                    return;
                }
            }
        } catch (IOException e) {
            // The client, or this, has gone.
        } finally {
            clients.remove(client);
        }
    }

    /** Answers whether the connection goes on. */
    private boolean answer(String name, List<byte[]> command, OutputStream out) throws IOException {
        if (name.equals("PING")) {
            reply(out, "+PONG");
            return true;
        }
        if (name.equals("SELECT")) {
            reply(out, "+OK");
            return true;
        }
        switch (mood) {
            case REFUSING -> {
                reply(out, "-OOM command not allowed when used memory > 'maxmemory'.");
                return true;
            }
            case HANGING_UP -> {
                return false;
            }
            case SILENT -> {
                return true;
            }
            case WAITING -> {
                while (mood == Mood.WAITING) {
                    LockSupport.parkNanos(1_000_000);
                }
            }
            case WELL -> {}
        }
        switch (name) {
            case "SET" -> {
                values.put(text(command.get(1)), command.get(2));
                reply(out, "+OK");
            }
            case "GET" -> reply(out, Optional.ofNullable(values.get(text(command.get(1)))));
            default -> reply(out, "-ERR unknown command '" + name + "'");
        }
        return true;
    }

    private static void reply(OutputStream out, String line) throws IOException {
        out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static void reply(OutputStream out, Optional<byte[]> value) throws IOException {
        if (value.isEmpty()) {
            reply(out, "$-1");
            return;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(("$" + value.get().length + "\r\n").getBytes(StandardCharsets.US_ASCII));
        bytes.writeBytes(value.get());
        bytes.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        out.write(bytes.toByteArray());
        out.flush();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** One command: an array of strings, each behind its length; nothing at the end. */
    private static List<byte[]> read(InputStream in) throws IOException {
        List<byte[]> parts = new ArrayList<>();
        String head = line(in);
        if (head.isEmpty()) {
            return parts;
        }
        int count = Integer.parseInt(head.substring(1));
        for (int i = 0; i < count; i++) {
            byte[] part = in.readNBytes(Integer.parseInt(line(in).substring(1)));
            line(in);
            parts.add(part);
        }
        return parts;
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                if (line.size() == 0) {
                    return "";
                }
                throw new EOFException();
            }
            line.write(next);
        }
        return line.toString(StandardCharsets.US_ASCII).strip();
    }

    /** Closes every connection, as a Redis does with idle ones. */
    void hangUp() {
        try {
            for (Socket client : clients) {
                client.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            hangUp();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
