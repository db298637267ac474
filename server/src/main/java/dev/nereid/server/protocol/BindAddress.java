package dev.nereid.server.protocol;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Optional;

/**
 * What a front listens on: a port of a host's address, or a socket of the file system (a Unix domain socket), which is given as
 * {@code unix:PATH} or {@code unix://PATH} in place of the host and has no port.
 *
 * @param port 0 for any free port; of no meaning for a socket of the file system
 */
public record BindAddress(String host, int port) {
    private static final String UNIX = "unix:";
    private static final String SLASHES = "//";

    public BindAddress {
        Objects.requireNonNull(host, "host");
    }

    /** A socket of the file system. */
    public static BindAddress of(Path file) {
        return new BindAddress(UNIX + file, 0);
    }

    /** Whether an address, as a flag gives it, is a socket of the file system. */
    public static boolean isUnixSocket(String address) {
        return address.startsWith(UNIX);
    }

    /** The file of a socket of the file system; empty for a port. */
    public Optional<Path> socketFile() {
        if (!isUnixSocket(host)) {
            return Optional.empty();
        }
        String path = host.substring(UNIX.length());
        String plain = path.startsWith(SLASHES) ? path.substring(SLASHES.length()) : path;
        if (plain.isEmpty()) {
            throw new IllegalArgumentException("'" + host + "': expected unix:PATH with the path of a socket");
        }
        try {
            return Optional.of(Path.of(plain).toAbsolutePath().normalize());
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("'" + host + "' is no path of a socket: " + e.getReason(), e);
        }
    }

    /** What the system binds a socket to. */
    public SocketAddress toSocketAddress() {
        return socketFile()
                .<SocketAddress>map(UnixDomainSocketAddress::of)
                .orElseGet(() -> new InetSocketAddress(host, port));
    }

    /**
     * Deletes the file of a socket that a process has left behind which is gone: nobody could listen there while it exists.
     *
     * @throws IOException if a process listens there, or the file is no socket
     */
    public void deleteAbandonedSocket() throws IOException {
        Path file = socketFile().orElse(Path.of(""));
        if (isUnixSocket(host) && Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            if (!Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .isOther()) {
                throw new IOException("there is a file of that name which is no socket");
            }
            if (isAnswered()) {
                throw new IOException("Address already in use");
            }
            Files.delete(file);
        }
    }

    private boolean isAnswered() throws IOException {
        try (SocketChannel client = SocketChannel.open(toSocketAddress())) {
            return client.isConnected();
        } catch (ConnectException e) {
            return false; // refused: the process that listened is gone
        }
    }

    /** Host and port, or {@code unix:} and the path. */
    @Override
    public String toString() {
        return socketFile().map(file -> UNIX + file).orElseGet(() -> host + ":" + port);
    }
}
