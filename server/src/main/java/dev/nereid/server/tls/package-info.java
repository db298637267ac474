/**
 * What TLS needs beside the JDK: private keys in the forms that OpenSSL writes, and the server's own side where it is
 * somebody's client. Depends on nothing of the project.
 */
@NullMarked
package dev.nereid.server.tls;

import org.jspecify.annotations.NullMarked;
