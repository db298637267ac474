/** Tests of the conformance runner, and the run of the suite itself where its files are at hand. */
@NullMarked
package dev.nereid.models.conformance;

import org.jspecify.annotations.NullMarked;
