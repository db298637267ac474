/**
 * PyTorch's ATen operators: one table of schemas with defaults, each row with its lowering to nodes of the engine's
 * graph. Exported programs and TorchScript both call it. Knows no file format. Depends on operators, graph, imported and
 * tensor.
 */
@NullMarked
package dev.nereid.models.pytorch.aten;

import org.jspecify.annotations.NullMarked;
