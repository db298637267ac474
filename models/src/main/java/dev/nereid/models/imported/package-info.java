/**
 * What an importer of any file format hands over: the graph, the memory that its tensors lie in until a plan is
 * built, and the names of the signatures that a file has. Depends on operators, graph, tensor and memory. Also what
 * importers write graphs with.
 */
@NullMarked
package dev.nereid.models.imported;

import org.jspecify.annotations.NullMarked;
