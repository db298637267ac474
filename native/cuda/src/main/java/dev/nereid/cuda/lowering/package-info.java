/**
 * How operators are computed on a device beside the CPU: the steps that a node is there. One package a family lies below,
 * with a list of its operators. Operators know nothing of it. Depends on operators and on the device's contract.
 */
@NullMarked
package dev.nereid.cuda.lowering;

import org.jspecify.annotations.NullMarked;
