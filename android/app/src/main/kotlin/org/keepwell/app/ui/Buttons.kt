package org.keepwell.app.ui

import androidx.annotation.DrawableRes
import androidx.annotation.StringRes
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.size
import androidx.compose.material3.Button
import androidx.compose.material3.ButtonDefaults
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp

/** A picture that can be pressed and says what it does. */
@Composable
fun IconAction(@DrawableRes icon: Int, @StringRes says: Int, onClick: () -> Unit) {
    IconButton(onClick, Modifier.size(48.dp)) { Icon(painterResource(icon), stringResource(says)) }
}

/** The one thing that goes on from here. */
@Composable
fun MainButton(text: String, isEnabled: Boolean = true, isDangerous: Boolean = false, onClick: () -> Unit) {
    val colors = MaterialTheme.colorScheme
    Button(
        onClick,
        Modifier.fillMaxWidth().heightIn(min = 56.dp),
        isEnabled,
        colors = if (isDangerous) ButtonDefaults.buttonColors(colors.error, colors.onError) else ButtonDefaults.buttonColors(),
    ) { Text(text, style = MaterialTheme.typography.titleMedium, textAlign = TextAlign.Center) }
}

/** Something else that can be done here. */
@Composable
fun OtherButton(text: String, isEnabled: Boolean = true, modifier: Modifier = Modifier, onClick: () -> Unit) {
    OutlinedButton(onClick, modifier.fillMaxWidth().heightIn(min = 48.dp), isEnabled) { Text(text, textAlign = TextAlign.Center) }
}

/** The quiet way out. */
@Composable
fun QuietButton(text: String, says: String = text, onClick: () -> Unit) {
    TextButton(onClick, Modifier.heightIn(min = 48.dp).semantics { contentDescription = says }) { Text(text) }
}
