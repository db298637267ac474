/**
 * The command line: which flags there are, the rules of getopt_long that Triton parses by, and the texts of help and
 * errors. Knows no configuration of the server's parts. Depends on the JDK alone.
 */
@NullMarked
package dev.nereid.server.cli;

import org.jspecify.annotations.NullMarked;
