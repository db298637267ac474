/**
 * Networks of well-known architectures, written as exporters write them, with random weights: what users bring whose
 * files are not here. Depends on {@code models} for graphs and families.
 */
@NullMarked
package dev.nereid.bench.networks;

import org.jspecify.annotations.NullMarked;
