/**
 * What a server is started with: the table of flags of {@code nereid serve}, the readers of flags and environment variables, one
 * reader for each subject, and the {@link dev.nereid.server.config.ServerConfig} that they make. Opens and starts nothing. Depends
 * on cli and on the configurations of the server's parts.
 */
@NullMarked
package dev.nereid.server.config;

import org.jspecify.annotations.NullMarked;
