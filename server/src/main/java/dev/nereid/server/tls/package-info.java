/**
 * What TLS needs beside the JDK: certificates and private keys in the forms that OpenSSL writes, read again when their files change,
 * for fronts and for the server as a client. Depends on watch.
 */
@NullMarked
package dev.nereid.server.tls;

import org.jspecify.annotations.NullMarked;
