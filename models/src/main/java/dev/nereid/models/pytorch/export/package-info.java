/**
 * Exported programs ({@code torch.export.save}, {@code .pt2}): the JSON that describes one, both layouts of its archive, and
 * how its nodes become those of the engine's graph, by the table of ATen operators. No code of a file is run. Depends on
 * pytorch.archive, pytorch.aten, imported, graph and tensor.
 */
@NullMarked
package dev.nereid.models.pytorch.export;

import org.jspecify.annotations.NullMarked;
