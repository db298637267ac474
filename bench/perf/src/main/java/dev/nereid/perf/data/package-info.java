/**
 * What requests carry: tensors made at random or read from files, and the requests built of them, in no protocol's form.
 * Depends on perf.model.
 */
@NullMarked
package dev.nereid.perf.data;

import org.jspecify.annotations.NullMarked;
