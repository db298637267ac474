/**
 * TensorFlow's SavedModels: the folder, its checkpoint, and the graph of each signature without function calls. Knows of
 * operators those that call, restore and hold variables. Depends on tensorflow.graph and its operators, imported, graph, tensor
 * and the messages.
 */
@NullMarked
package dev.nereid.models.tensorflow.saved;

import org.jspecify.annotations.NullMarked;
