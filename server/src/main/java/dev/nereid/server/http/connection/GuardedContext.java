package dev.nereid.server.http.connection;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/** A connection's context whose reader and writer tell the guard when they wait for the client. */
final class GuardedContext implements ConnectionContext {
    private final ConnectionContext context;
    private final DataReader reader;
    private final DataWriter writer;

    GuardedContext(ConnectionContext context, GuardedConnection guarded) {
        this.context = context;
        RequestBytes bytes = new RequestBytes(new SocketSource(context.dataReader(), context.serverSocket()), guarded);
        this.reader = bytes.reader();
        guarded.listenWith(bytes);
        this.writer = new GuardedWriter(context.dataWriter(), guarded);
    }

    @Override
    public ListenerContext listenerContext() {
        return context.listenerContext();
    }

    @Override
    public ExecutorService executor() {
        return context.executor();
    }

    @Override
    public DataWriter dataWriter() {
        return writer;
    }

    @Override
    public DataReader dataReader() {
        return reader;
    }

    @Override
    public Router router() {
        return context.router();
    }

    @Override
    public Optional<ProxyProtocolData> proxyProtocolData() {
        return context.proxyProtocolData();
    }

    @Override
    public HelidonSocket serverSocket() {
        return context.serverSocket();
    }

    @Override
    public PeerInfo remotePeer() {
        return context.remotePeer();
    }

    @Override
    public PeerInfo localPeer() {
        return context.localPeer();
    }

    @Override
    public boolean isSecure() {
        return context.isSecure();
    }

    @Override
    public String socketId() {
        return context.socketId();
    }

    @Override
    public String childSocketId() {
        return context.childSocketId();
    }

    /** Tells the guard of every write. */
    private record GuardedWriter(DataWriter writer, GuardedConnection guarded) implements DataWriter {
        @Override
        public void write(BufferData... buffers) {
            long bytes = 0;
            for (BufferData buffer : buffers) {
                bytes += buffer.available();
            }
            guarded.beforeWrite(bytes);
            writer.write(versioned(buffers));
            guarded.afterWrite();
        }

        @Override
        public void write(BufferData buffer) {
            guarded.beforeWrite(buffer.available());
            writer.write(versioned(buffer));
            guarded.afterWrite();
        }

        @Override
        public void writeNow(BufferData... buffers) {
            long bytes = 0;
            for (BufferData buffer : buffers) {
                bytes += buffer.available();
            }
            guarded.beforeWrite(bytes);
            writer.writeNow(versioned(buffers));
            guarded.afterWrite();
        }

        @Override
        public void writeNow(BufferData buffer) {
            guarded.beforeWrite(buffer.available());
            writer.writeNow(versioned(buffer));
            guarded.afterWrite();
        }

        @Override
        public void flush() {
            guarded.beforeWrite(0);
            writer.flush();
            guarded.afterWrite();
        }

        @Override
        public void close() {
            writer.close();
        }

        private BufferData[] versioned(BufferData... buffers) {
            if (buffers.length > 0 && guarded.takeOldStatusLine()) {
                buffers[0] = Http10.statusLine(buffers[0]);
            }
            return buffers;
        }

        private BufferData versioned(BufferData buffer) {
            return guarded.takeOldStatusLine() ? Http10.statusLine(buffer) : buffer;
        }
    }
}
