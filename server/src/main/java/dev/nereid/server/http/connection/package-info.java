/**
 * Connections of the HTTP front, below routes and handlers: limits of what a client may send and how long it may take,
 * what of a head is refused, chunked and compressed bodies, HTTP/1.0, and hang-ups. Depends on protocol, tls and the web
 * server.
 */
@NullMarked
package dev.nereid.server.http.connection;

import org.jspecify.annotations.NullMarked;
