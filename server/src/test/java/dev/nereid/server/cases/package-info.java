/** Inference as a client sees it: the same cases over every protocol, against a started server. */
@NullMarked
package dev.nereid.server.cases;

import org.jspecify.annotations.NullMarked;
