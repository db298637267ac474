package dev.nereid.perf.client;

import dev.nereid.perf.client.HttpConnection.Ended;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;

/** A thread that reads the answers of its connections. */
final class SelectorThread implements AutoCloseable {
    private static final int BUFFER_BYTES = 256 << 10;

    private final Selector selector = Selector.open();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final BiConsumer<HttpConnection, Ended> ended;
    private final BiConsumer<HttpConnection, IOException> broken;
    private final Thread thread;
    private volatile boolean closed;

    /**
     * Starts the thread.
     *
     * @param ended hears of each answer
     * @param broken hears of each connection that is of no more use
     */
    SelectorThread(String name, BiConsumer<HttpConnection, Ended> ended, BiConsumer<HttpConnection, IOException> broken)
            throws IOException {
        this.ended = ended;
        this.broken = broken;
        this.thread = Thread.ofPlatform().name(name).daemon().start(this::run);
    }

    /** Connects, and sends what waits for the connection. */
    void connect(HttpConnection connection, InetSocketAddress address) {
        tasks.add(() -> begin(connection, address));
        if (!thread.equals(Thread.currentThread())) {
            selector.wakeup();
        }
    }

    private void begin(HttpConnection connection, InetSocketAddress address) {
        try {
            if (address.isUnresolved()) {
                throw new IOException("there is no host '" + address.getHostString() + "'");
            }
            boolean stands = connection.channel().connect(address);
            SelectionKey key = connection
                    .channel()
                    .register(selector, stands ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, connection);
            connection.registered(key);
            if (stands) {
                connection.connected();
            }
        } catch (IOException e) {
            broken.accept(connection, e);
        }
    }

    private void run() {
        while (!closed) {
            try {
                Runnable task = tasks.poll();
                while (task != null) {
                    task.run();
                    task = tasks.poll();
                }
                selector.select(this::ready);
            } catch (IOException e) {
                throw new IllegalStateException("a selector failed", e);
            }
        }
    }

    private void ready(SelectionKey key) {
        HttpConnection connection = (HttpConnection) key.attachment();
        try {
            if (key.isConnectable()) {
                connection.channel().finishConnect();
                key.interestOps(SelectionKey.OP_READ);
                connection.connected();
                return;
            }
            // Also when readable: a TLS handshake, which is part of writing, waits for the server.
            connection.write();
            if (key.isReadable()) {
                Optional<Ended> answer = connection.read(buffer);
                if (answer.isPresent()) {
                    ended.accept(connection, answer.get());
                }
            }
        } catch (IOException e) {
            broken.accept(connection, e);
        } catch (CancelledKeyException _) {
            // The connection was given up meanwhile.
        } catch (IllegalStateException | NumberFormatException e) {
            broken.accept(connection, new IOException("the server does not speak HTTP: " + e.getMessage(), e));
        }
    }

    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        try {
            thread.join();
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            selector.close();
        } catch (IOException _) {
            // What cannot be closed is not open any more.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
