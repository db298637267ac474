package dev.nereid.server;

import dev.nereid.server.config.Front;
import dev.nereid.server.config.StartException;
import dev.nereid.server.protocol.BindAddress;
import dev.nereid.server.protocol.Listener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;

/**
 * A front that listens.
 *
 * @param listener that fronts may share
 */
record OpenFront(Front front, String address, Listener listener) {
    private static final int BACKLOG = 1;

    /**
     * Makes sure that a front can listen, before anything else is started.
     *
     * @param reusePort whether other servers that say so may listen there too
     * @throws StartException with one sentence where it cannot
     */
    static void probe(Front front, BindAddress address, boolean reusePort) {
        if (address.socketFile().isPresent()) {
            probeSocket(front, address);
            return;
        }
        InetSocketAddress place = new InetSocketAddress(address.host(), address.port());
        if (place.isUnresolved()) {
            throw new StartException(
                    front.title() + " cannot listen on '" + address.host() + "': there is no such address");
        }
        try (ServerSocket socket = new ServerSocket()) {
            if (reusePort) {
                socket.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            socket.bind(place, BACKLOG);
        } catch (IOException e) {
            String advice = "; choose another port with --" + front.portFlag();
            if (String.valueOf(e.getMessage()).contains("in use")) {
                // Triton's words, which scripts look for.
                throw new StartException(
                        "failed to start " + front.service() + " service: Unavailable - Socket '" + address
                                + "' already in use" + advice,
                        e);
            }
            throw new StartException(
                    front.title() + " cannot listen on " + address + ": " + e.getMessage() + advice, e);
        }
    }

    private static void probeSocket(Front front, BindAddress address) {
        try {
            address.deleteAbandonedSocket();
        } catch (IOException e) {
            throw new StartException(
                    front.title() + " cannot listen on " + address + ": " + e.getMessage() + "; choose another path",
                    e);
        }
    }

    int port() {
        return listener.port();
    }

    /** Address and port, or the socket of the file system. */
    String place() {
        return new BindAddress(address, BindAddress.isUnixSocket(address) ? 0 : port()).toString();
    }
}
