-- A title is as long as a list shows it.
UPDATE summary SET display = substr(display, 1, 200) || '…' WHERE length(display) > 200;
