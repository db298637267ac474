/**
 * Parser of command lines: the rules of getopt_long that Triton parses by, and the texts of help and errors. Knows no flag of the
 * server. Depends on {@link dev.nereid.server.protocol.NearestName} alone.
 */
@NullMarked
package dev.nereid.server.cli;

import org.jspecify.annotations.NullMarked;
