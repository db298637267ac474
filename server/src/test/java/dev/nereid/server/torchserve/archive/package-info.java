/** Tests of model archives: unpacking, refusals, and writers of archives. */
@NullMarked
package dev.nereid.server.torchserve.archive;

import org.jspecify.annotations.NullMarked;
