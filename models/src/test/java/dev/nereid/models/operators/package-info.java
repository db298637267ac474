/** What tests of operators share: one node, run in every way a plan can be built for it. */
@NullMarked
package dev.nereid.models.operators;

import org.jspecify.annotations.NullMarked;
