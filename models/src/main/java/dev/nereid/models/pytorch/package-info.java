/**
 * PyTorch's model files: which kind one is, and how a config's names of inputs and outputs are told from the file's. Depends
 * on its packages below, imported, operators and graph.
 */
@NullMarked
package dev.nereid.models.pytorch;

import org.jspecify.annotations.NullMarked;
