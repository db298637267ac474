/**
 * PyTorch's files: zip archives whose stored entries stay where the file is mapped, and the pickles in them as plain
 * values. No code of a file is run. Depends on tensor.
 */
@NullMarked
package dev.nereid.models.pytorch.archive;

import org.jspecify.annotations.NullMarked;
