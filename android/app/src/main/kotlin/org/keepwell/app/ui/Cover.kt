package org.keepwell.app.ui

import androidx.compose.material3.AlertDialog
import androidx.compose.runtime.Composable
import androidx.compose.runtime.compositionLocalOf
import androidx.compose.ui.Modifier

/** Whether what is drawn is covered, because it is not known yet whether the wallet has to lock. */
val LocalIsCovered = compositionLocalOf { false }

/**
 * Asks before something is done. A dialog is a window of its own and would stand above the cover, so there is none while what is below is
 * covered; what was asked is asked again after that.
 */
@Composable
fun Question(
    onDismissRequest: () -> Unit,
    confirmButton: @Composable () -> Unit,
    modifier: Modifier = Modifier,
    dismissButton: (@Composable () -> Unit)? = null,
    title: (@Composable () -> Unit)? = null,
    text: (@Composable () -> Unit)? = null,
) {
    if (LocalIsCovered.current) return
    AlertDialog(
        onDismissRequest = onDismissRequest,
        confirmButton = confirmButton,
        modifier = modifier,
        dismissButton = dismissButton,
        title = title,
        text = text,
    )
}

/** What the way back does here; nothing while it is covered, where the phone's own way back leaves the app. */
@Composable
fun BackHandler(enabled: Boolean = true, onBack: () -> Unit) =
    androidx.activity.compose.BackHandler(enabled = enabled && !LocalIsCovered.current, onBack = onBack)
