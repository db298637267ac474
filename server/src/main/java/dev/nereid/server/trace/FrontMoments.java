package dev.nereid.server.trace;

import dev.nereid.server.protocol.RequestTrace.Moment;

/** What the moments at a front are called, by its protocol. */
public enum FrontMoments {
    HTTP(Moment.HTTP_RECV_START, Moment.HTTP_RECV_END, Moment.HTTP_SEND_START, Moment.HTTP_SEND_END),
    GRPC(Moment.GRPC_WAITREAD_START, Moment.GRPC_WAITREAD_END, Moment.GRPC_SEND_START, Moment.GRPC_SEND_END);

    private final Moment receiveStart;
    private final Moment receiveEnd;
    private final Moment sendStart;
    private final Moment sendEnd;

    FrontMoments(Moment receiveStart, Moment receiveEnd, Moment sendStart, Moment sendEnd) {
        this.receiveStart = receiveStart;
        this.receiveEnd = receiveEnd;
        this.sendStart = sendStart;
        this.sendEnd = sendEnd;
    }

    Moment receiveStart() {
        return receiveStart;
    }

    Moment receiveEnd() {
        return receiveEnd;
    }

    Moment sendStart() {
        return sendStart;
    }

    Moment sendEnd() {
        return sendEnd;
    }
}
