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
