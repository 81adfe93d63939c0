package org.keepwell.app.ui

import androidx.compose.foundation.border
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.text.BasicTextField
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.focus.onFocusChanged
import androidx.compose.ui.graphics.SolidColor
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.semantics.text
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.unit.dp
import org.keepwell.app.R

/** A field to search in. Not Material's, whose label that moves takes half of the time of the home's first frame. */
@Composable
fun SearchField(text: String, label: String, onChange: (String) -> Unit, modifier: Modifier = Modifier) {
    val colors = MaterialTheme.colorScheme
    var isFocused by remember { mutableStateOf(false) }
    BasicTextField(
        value = text,
        onValueChange = onChange,
        modifier = modifier.fillMaxWidth().onFocusChanged { isFocused = it.isFocused }.testTag("search"),
        textStyle = MaterialTheme.typography.bodyLarge.copy(color = colors.onSurface),
        singleLine = true,
        cursorBrush = SolidColor(colors.primary),
        decorationBox = { field ->
            Row(
                modifier = Modifier
                    .border(
                        width = if (isFocused) 2.dp else 1.dp,
                        color = if (isFocused) colors.primary else colors.outline,
                        shape = MaterialTheme.shapes.medium,
                    )
                    .heightIn(min = 56.dp).padding(horizontal = 16.dp, vertical = 8.dp)
                    // Said also while something else stands there.
                    .semantics { this.text = AnnotatedString(label) },
                horizontalArrangement = Arrangement.spacedBy(12.dp),
                verticalAlignment = Alignment.CenterVertically,
            ) {
                Icon(
                    painter = painterResource(R.drawable.ic_search),
                    contentDescription = null,
                    modifier = Modifier.size(growing(24.dp)),
                    tint = colors.onSurfaceVariant,
                )
                Box(modifier = Modifier.weight(1f)) {
                    if (text.isEmpty()) {
                        Text(
                            text = label,
                            modifier = Modifier.clearAndSetSemantics {},
                            color = colors.onSurfaceVariant,
                            style = MaterialTheme.typography.bodyLarge,
                        )
                    }
                    field()
                }
            }
        },
    )
}
