package dev.nereid.server.rehearsal;

import java.io.IOException;

/** A client of the request-path warm-up: sends its requests round by round. One thread. */
interface WarmupClient {
    /**
     * Sends the next requests of the round over a connection of their own, each when the one before is answered.
     *
     * @throws IOException if one is not answered as a client would want
     */
    void visit(int port, int requests) throws IOException;
}
