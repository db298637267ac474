/** Requests with the answers that Triton gives to them: a few of the tree, and many where there is test data. */
@NullMarked
package dev.nereid.server.recorded;

import org.jspecify.annotations.NullMarked;
