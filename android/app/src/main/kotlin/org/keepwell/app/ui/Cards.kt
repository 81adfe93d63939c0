package org.keepwell.app.ui

import androidx.annotation.DrawableRes
import androidx.compose.foundation.BorderStroke
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.RowScope
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.selection.toggleable
import androidx.compose.material3.Button
import androidx.compose.material3.ButtonDefaults
import androidx.compose.material3.Checkbox
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.Icon
import androidx.compose.material3.LocalContentColor
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.RadioButton
import androidx.compose.material3.Surface
import androidx.compose.material3.Switch
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import org.keepwell.app.R
import org.keepwell.wallet.model.Problem

/** A white card that holds a few related lines. */
@Composable
fun InfoCard(content: @Composable ColumnScope.() -> Unit) {
    Surface(shape = MaterialTheme.shapes.medium, color = MaterialTheme.colorScheme.surfaceContainerLow) {
        Column(Modifier.fillMaxWidth().padding(16.dp), verticalArrangement = Arrangement.spacedBy(8.dp), content = content)
    }
}

/** A card that leads somewhere. */
@Composable
fun LinkCard(title: String, below: String?, beside: String? = null, isEnabled: Boolean = true, onClick: () -> Unit) {
    Surface(onClick, enabled = isEnabled, shape = MaterialTheme.shapes.medium, color = MaterialTheme.colorScheme.surfaceContainerLow) {
        Row(
            Modifier.fillMaxWidth().heightIn(min = 56.dp).padding(horizontal = 16.dp, vertical = 12.dp),
            horizontalArrangement = Arrangement.spacedBy(12.dp),
            verticalAlignment = Alignment.CenterVertically,
        ) {
            Column(Modifier.weight(1f), verticalArrangement = Arrangement.spacedBy(2.dp)) {
                Text(title, style = MaterialTheme.typography.bodyLarge)
                if (below != null) SecondaryText(below)
            }
            if (beside != null) SecondaryText(beside)
            if (isEnabled) Icon(painterResource(R.drawable.ic_forward), null, tint = MaterialTheme.colorScheme.onSurfaceVariant)
        }
    }
}

/** Text of second rank. */
@Composable
fun SecondaryText(text: String, modifier: Modifier = Modifier) {
    Text(text, modifier, style = MaterialTheme.typography.bodyMedium, color = MaterialTheme.colorScheme.onSurfaceVariant)
}

/** A line with a small picture before it. */
@Composable
fun IconText(@DrawableRes icon: Int, text: String, tint: Color = MaterialTheme.colorScheme.onSurfaceVariant) {
    Row(horizontalArrangement = Arrangement.spacedBy(12.dp)) {
        Icon(painterResource(icon), null, Modifier.size(20.dp), tint = tint)
        Text(text, Modifier.weight(1f), style = MaterialTheme.typography.bodyMedium)
    }
}

/** A name and its value, below one another so that large type has room. */
@Composable
fun LabeledText(name: String, value: String) {
    Column(Modifier.semantics(mergeDescendants = true) {}) {
        Text(name, style = MaterialTheme.typography.labelLarge, color = MaterialTheme.colorScheme.onSurfaceVariant)
        Text(value, style = MaterialTheme.typography.bodyLarge)
    }
}

/** How loud a notice is; each kind has its own picture. */
enum class Tone { INFO, WARNING, ERROR }

/** Something the person should know; screen readers say it when it appears or changes, unless it [isSilent]. */
@Composable
fun Notice(text: String, tone: Tone, isSilent: Boolean = false, action: (@Composable () -> Unit)? = null) {
    val colors = MaterialTheme.colorScheme
    val (back, front, icon) = when (tone) {
        Tone.INFO -> Triple(colors.secondaryContainer, colors.onSecondaryContainer, R.drawable.ic_info)
        Tone.WARNING -> Triple(colors.tertiaryContainer, colors.onTertiaryContainer, R.drawable.ic_warning)
        Tone.ERROR -> Triple(colors.errorContainer, colors.onErrorContainer, R.drawable.ic_warning)
    }
    Surface(if (isSilent) Modifier else Modifier.semantics { liveRegion = LiveRegionMode.Polite }, MaterialTheme.shapes.medium, back, front) {
        Column(Modifier.fillMaxWidth().padding(16.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
            Row(horizontalArrangement = Arrangement.spacedBy(12.dp)) {
                Icon(painterResource(icon), null)
                Text(text, Modifier.weight(1f), style = MaterialTheme.typography.bodyMedium)
            }
            action?.invoke()
        }
    }
}

/** A problem in plain words, with another try where one can help. */
@Composable
fun ProblemNotice(problem: Problem, onRetry: (() -> Unit)? = null) {
    Notice(message(problem), if (problem == Problem.Offline || problem == Problem.NotConnected) Tone.WARNING else Tone.ERROR) {
        if (onRetry != null) RetryButton(onRetry)
    }
}

/** Another try, within a notice. */
@Composable
fun RetryButton(onRetry: () -> Unit) {
    val color = LocalContentColor.current
    val colors = ButtonDefaults.outlinedButtonColors(contentColor = color)
    OutlinedButton(onRetry, Modifier.heightIn(min = 48.dp), colors = colors, border = BorderStroke(1.dp, color)) {
        Text(stringResource(R.string.retry))
    }
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

/** A field to search in. */
@Composable
fun SearchField(text: String, label: String, onChange: (String) -> Unit) {
    OutlinedTextField(
        text, onChange, Modifier.fillMaxWidth().testTag("search"),
        label = { Text(label) },
        leadingIcon = { Icon(painterResource(R.drawable.ic_search), null) },
        singleLine = true,
        shape = MaterialTheme.shapes.medium,
    )
}

/** A line that can be ticked as a whole. */
@Composable
fun TickRow(text: String, beside: String?, isTicked: Boolean, onToggle: () -> Unit) {
    ChoiceRow(Modifier.toggleable(isTicked, role = Role.Checkbox) { onToggle() }, text, beside) { Checkbox(isTicked, null) }
}

/** A line that is one of several choices. */
@Composable
fun RadioRow(text: String, below: String?, isChosen: Boolean, onChoose: () -> Unit) {
    ChoiceRow(Modifier.selectable(isChosen, role = Role.RadioButton, onClick = onChoose), text, null, below) { RadioButton(isChosen, null) }
}

/** A line that is on or off. */
@Composable
fun SwitchRow(text: String, isOn: Boolean, onChange: (Boolean) -> Unit) {
    Row(
        Modifier.fillMaxWidth().toggleable(isOn, role = Role.Switch, onValueChange = onChange).heightIn(min = 56.dp),
        horizontalArrangement = Arrangement.spacedBy(16.dp),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        Text(text, Modifier.weight(1f), style = MaterialTheme.typography.bodyLarge)
        Switch(isOn, null)
    }
}

@Composable
private fun ChoiceRow(modifier: Modifier, text: String, beside: String?, below: String? = null, mark: @Composable RowScope.() -> Unit) {
    Row(
        modifier.fillMaxWidth().heightIn(min = 48.dp),
        horizontalArrangement = Arrangement.spacedBy(12.dp),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        mark()
        Column(Modifier.weight(1f)) {
            Text(text, style = MaterialTheme.typography.bodyLarge)
            if (below != null) SecondaryText(below)
        }
        if (beside != null) SecondaryText(beside)
    }
}

/** Something is under way. */
@Composable
fun BusyIndicator(says: String = stringResource(R.string.loading)) {
    Row(Modifier.fillMaxWidth().padding(24.dp), Arrangement.Center) {
        CircularProgressIndicator(Modifier.semantics { contentDescription = says })
    }
}
