package org.keepwell.app.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.RowScope
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.selection.toggleable
import androidx.compose.material3.Checkbox
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.RadioButton
import androidx.compose.material3.Switch
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.unit.dp

/** A line that can be ticked as a whole. */
@Composable
fun TickRow(
    text: String,
    isTicked: Boolean,
    onToggle: () -> Unit,
    modifier: Modifier = Modifier,
    trailing: String? = null,
    isEnabled: Boolean = true,
) {
    ChoiceRow(
        text = text,
        modifier = modifier.toggleable(value = isTicked, enabled = isEnabled, role = Role.Checkbox) { onToggle() },
        trailing = trailing,
    ) { Checkbox(checked = isTicked, onCheckedChange = null, enabled = isEnabled) }
}

/** A line that is one of several choices. */
@Composable
fun RadioRow(
    text: String,
    isChosen: Boolean,
    onChoose: () -> Unit,
    modifier: Modifier = Modifier,
    detail: String? = null,
    isEnabled: Boolean = true,
) {
    ChoiceRow(
        text = text,
        modifier = modifier.selectable(selected = isChosen, enabled = isEnabled, role = Role.RadioButton, onClick = onChoose),
        detail = detail,
    ) { RadioButton(selected = isChosen, onClick = null, enabled = isEnabled) }
}

/** A line that is on or off. */
@Composable
fun SwitchRow(text: String, isOn: Boolean, onChange: (Boolean) -> Unit, modifier: Modifier = Modifier) {
    Row(
        modifier = modifier.fillMaxWidth().toggleable(value = isOn, role = Role.Switch, onValueChange = onChange).heightIn(min = 56.dp),
        horizontalArrangement = Arrangement.spacedBy(16.dp),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        Text(text = text, modifier = Modifier.weight(1f), style = MaterialTheme.typography.bodyLarge)
        Switch(checked = isOn, onCheckedChange = null)
    }
}

@Composable
private fun ChoiceRow(
    text: String,
    modifier: Modifier = Modifier,
    trailing: String? = null,
    detail: String? = null,
    mark: @Composable RowScope.() -> Unit,
) {
    Row(
        modifier = modifier.fillMaxWidth().heightIn(min = 48.dp),
        horizontalArrangement = Arrangement.spacedBy(12.dp),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        mark()
        Column(modifier = Modifier.weight(1f)) {
            Text(text = text, style = MaterialTheme.typography.bodyLarge)
            if (detail != null) SecondaryText(text = detail)
        }
        if (trailing != null) SecondaryText(text = trailing)
    }
}
