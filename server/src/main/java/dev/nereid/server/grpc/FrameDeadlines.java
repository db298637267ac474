package dev.nereid.server.grpc;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes a connection whose client does not send to its end what it has begun: the preface of HTTP/2, a frame, or the headers
 * of a call, which may take several frames. The library waits for these without a limit. Follows the frames in the bytes as
 * they pass, and changes nothing. Used by the event loop of the connection only.
 */
final class FrameDeadlines extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(FrameDeadlines.class);

    /** Looks at the clock in a time limit. */
    private static final int LOOKS = 4;

    private static final int PREFACE_BYTES = 24;
    private static final int FRAME_HEADER_BYTES = 9;
    private static final int LENGTH_BYTES = 3;
    private static final int TYPE_AT = 3;
    private static final int FLAGS_AT = 4;
    private static final int HEADERS = 1;
    private static final int CONTINUATION = 9;
    private static final int END_HEADERS = 4;

    private final Duration limit;

    /** Bytes of the preface that have not come. */
    private int preface = PREFACE_BYTES;

    /** Bytes of the current frame's header that have come. */
    private int headerBytes;

    /** Of the current frame. */
    private int length;

    private int type;
    private int flags;

    /** Bytes of the current frame that have not come, its header aside. */
    private int payload;

    /** Whether the headers of a call have begun and not ended. */
    private boolean inHeaders;

    /** Whether the client has begun something and not ended it; the beginning of the connection counts too. */
    private boolean begun = true;

    /** When that was begun. */
    private long begunNanos = System.nanoTime();

    /** Whether the last look at the clock found the limit passed: the bytes that had come by then have been read since. */
    private boolean late;

    private Optional<Future<?>> looks = Optional.empty();

    FrameDeadlines(Duration limit) {
        this.limit = limit;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        long period = limit.toNanos() / LOOKS;
        looks = Optional.of(
                context.executor().scheduleWithFixedDelay(() -> look(context), period, period, TimeUnit.NANOSECONDS));
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        looks.ifPresent(future -> future.cancel(false));
    }

    private void look(ChannelHandlerContext context) {
        if (!begun || System.nanoTime() - begunNanos < limit.toNanos()) {
            late = false;
        } else if (!late) {
            late = true; // this thread may have been busy, and the rest may be there
        } else {
            LOG.debug("gRPC connection closed: it sent no whole frame within {}", limit);
            var _ = context.close();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof ByteBuf bytes) {
            follow(bytes);
        }
        context.fireChannelRead(message);
    }

    private void follow(ByteBuf bytes) {
        int position = bytes.readerIndex();
        int end = bytes.writerIndex();
        while (position < end) {
            if (preface > 0) {
                int count = Math.min(preface, end - position);
                preface -= count;
                position += count;
            } else if (payload > 0) {
                int count = Math.min(payload, end - position);
                payload -= count;
                position += count;
            } else {
                begin();
                header(bytes.getUnsignedByte(position++));
            }
            if (preface == 0 && payload == 0 && headerBytes == FRAME_HEADER_BYTES) {
                endFrame();
            }
        }
    }

    private void begin() {
        if (!begun) {
            begun = true;
            late = false;
            begunNanos = System.nanoTime();
        }
    }

    /** Takes the next byte of a frame's header. */
    private void header(int next) {
        if (headerBytes < LENGTH_BYTES) {
            length = (headerBytes == 0 ? 0 : length << Byte.SIZE) | next;
        } else if (headerBytes == TYPE_AT) {
            type = next;
        } else if (headerBytes == FLAGS_AT) {
            flags = next;
        }
        headerBytes++;
        if (headerBytes == FRAME_HEADER_BYTES) {
            payload = length;
        }
    }

    private void endFrame() {
        headerBytes = 0;
        if (type == HEADERS || type == CONTINUATION) {
            inHeaders = (flags & END_HEADERS) == 0;
        }
        begun = inHeaders;
    }
}
