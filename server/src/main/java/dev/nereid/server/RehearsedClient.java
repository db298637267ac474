package dev.nereid.server;

import java.io.IOException;

/** A client of one front that a rehearsal plays; it has a round of requests, and begins anew at its end. One thread. */
interface RehearsedClient {
    /**
     * Sends the next requests of the round over a connection of their own, each when the one before is answered.
     *
     * @throws IOException if one is not answered as a client would want
     */
    void visit(int port, int requests) throws IOException;
}
