/** Tests of the handlers and envelopes, with exact answers. */
@NullMarked
package dev.nereid.server.torchserve.handler;

import org.jspecify.annotations.NullMarked;
