/**
 * TorchScript: the parser of its code, and a partial evaluator that inlines all methods of a model's modules, computes
 * what does not depend on tensors, and calls the table of ATen operators for the rest. Depends on aten, archive, imported,
 * graph, tensor and memory.
 */
@NullMarked
package dev.nereid.models.pytorch.script;

import org.jspecify.annotations.NullMarked;
