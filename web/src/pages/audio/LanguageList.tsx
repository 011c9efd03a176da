// Languages in order of preference: put into another order by dragging or by the keyboard on the handle, named in words, kept as codes.
import { closestCenter, DndContext, KeyboardSensor, PointerSensor, useSensor, useSensors, type Announcements, type DragEndEvent } from "@dnd-kit/core";
import { arrayMove, SortableContext, sortableKeyboardCoordinates, useSortable, verticalListSortingStrategy } from "@dnd-kit/sortable";
import { CSS } from "@dnd-kit/utilities";
import { ActionIcon, Autocomplete, Input, type ComboboxItem, type OptionsFilter } from "@mantine/core";
import { useRef, useState } from "react";
import { IconGripVertical, IconLock, IconX } from "../../icons.ts";
import { languageChoices, languageCode, languageName } from "../../languages.ts";
import classes from "./Audio.module.css";

interface LanguageListProps {
  label: string;
  description?: string | undefined;
  /** The field in the API's words: "languages", "overrides.0.languages". */
  name: string;
  value: readonly string[];
  onChange: (languages: string[]) => void;
  errorOf: (name: string) => string | undefined;
  disabled?: boolean;
  /** Comes before all that is in the list, whatever its order. */
  lead?: string | undefined;
}

interface RowProps {
  code: string;
  rank: number;
  error: string | undefined;
  disabled: boolean;
  onRemove: () => void;
}

function Row({ code, rank, error, disabled, onRemove }: RowProps) {
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition, isDragging } = useSortable({ id: code, disabled });
  const words = languageName(code);
  return (
    <li ref={setNodeRef} className={classes.language} data-dragging={isDragging || undefined} style={{ transform: CSS.Translate.toString(transform), transition: transition ?? "" }}>
      {disabled ? (
        <span />
      ) : (
        <ActionIcon ref={setActivatorNodeRef} variant="subtle" color="gray" className={classes.handle} {...attributes} {...listeners} aria-label={`Move ${words}`}>
          <IconGripVertical size={17} />
        </ActionIcon>
      )}
      <span className={classes.rank}>{rank}</span>
      <span>
        <span className={classes.languageName}>{words}</span>
        {words !== code && <span className={classes.code}>{code}</span>}
        {error && (
          <div className={classes.languageError} role="alert">
            {error}
          </div>
        )}
      </span>
      {!disabled && (
        <ActionIcon variant="subtle" color="gray" aria-label={`Remove ${words}`} onClick={onRemove}>
          <IconX size={16} />
        </ActionIcon>
      )}
    </li>
  );
}

/** "nor" is a code of Norwegian before it is the beginning of North Ndebele. */
function codeTyped(text: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(text)[0];
  } catch {
    return undefined;
  }
}

/** The languages that a text may mean, the likeliest first. */
function matches(text: string): string[] {
  const typed = text.trim().toLowerCase();
  const code = codeTyped(typed);
  const rank = (choice: { code: string; name: string }): number => {
    const name = choice.name.toLowerCase();
    return choice.code === code || name === typed ? 0 : name.startsWith(typed) ? 1 : name.includes(typed) ? 2 : 3;
  };
  return languageChoices()
    .map((choice) => ({ name: choice.name, rank: rank(choice) }))
    .filter((each) => each.rank < 3)
    .sort((a, b) => a.rank - b.rank)
    .map((each) => each.name);
}

const filter: OptionsFilter = ({ options, search }) => {
  const byName = new Map((options as ComboboxItem[]).map((option) => [option.value, option]));
  return matches(search).flatMap((name) => byName.get(name) ?? []);
};

function AddLanguage({ label, onAdd }: { label: string; onAdd: (code: string) => void }) {
  const [text, setText] = useState("");
  const submitted = useRef(false);
  const add = (typed: string): void => {
    if (typed.trim()) onAdd(languageCode(typed));
    setText("");
  };
  return (
    <Autocomplete
      mt="xs"
      aria-label={`Add to: ${label}`}
      placeholder="Add a language: a name or a code"
      data={languageChoices().map(({ name }) => name)}
      filter={filter}
      selectFirstOptionOnChange
      limit={12}
      maxDropdownHeight={260}
      value={text}
      onChange={(typed) => {
        // The control also says what it holds once an option was chosen.
        setText(submitted.current ? "" : typed);
        submitted.current = false;
      }}
      onOptionSubmit={(name) => {
        submitted.current = true;
        add(name);
      }}
      onKeyDown={(event) => {
        if (event.key !== "Enter") return;
        event.preventDefault(); // the form is not sent by it
        // The likeliest, also before the list has opened; an option that the arrow keys chose is submitted after this and takes its place.
        if (text.trim()) add(matches(text)[0] ?? text);
      }}
      onBlur={() => add(text)}
    />
  );
}

export function LanguageList({ label, description, name, value, onChange, errorOf, disabled = false, lead }: LanguageListProps) {
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 4 } }), useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }));
  const onDragEnd = ({ active, over }: DragEndEvent): void => {
    if (over && active.id !== over.id) onChange(arrayMove([...value], value.indexOf(String(active.id)), value.indexOf(String(over.id))));
  };
  const place = (id: string | number): number => value.indexOf(String(id)) + 1;
  const announcements: Announcements = {
    onDragStart: ({ active }) => `${languageName(String(active.id))} is picked up, at place ${place(active.id)} of ${value.length}.`,
    onDragOver: ({ active, over }) => (over ? `${languageName(String(active.id))} is at place ${place(over.id)} of ${value.length}.` : undefined),
    onDragEnd: ({ active, over }) => (over ? `${languageName(String(active.id))} is put down at place ${place(over.id)}.` : undefined),
    onDragCancel: ({ active }) => `${languageName(String(active.id))} is back where it was.`,
  };
  const rowErrors = value.map((_, index) => errorOf(`${name}.${index}`));
  const listError = rowErrors.some(Boolean) ? undefined : errorOf(name);
  const first = lead === undefined ? 1 : 2;
  return (
    <Input.Wrapper label={label} labelElement="div" description={description} error={listError}>
      <DndContext sensors={sensors} collisionDetection={closestCenter} onDragEnd={onDragEnd} accessibility={{ announcements }}>
        <SortableContext items={[...value]} strategy={verticalListSortingStrategy}>
          <ol className={classes.languages} aria-label={label}>
            {lead !== undefined && (
              <li className={classes.language} data-fixed>
                <span className={classes.fixedIcon}>
                  <IconLock size={15} aria-hidden />
                </span>
                <span className={classes.rank}>1</span>
                <span className={classes.languageName}>{lead}</span>
              </li>
            )}
            {value.map((code, index) => (
              <Row key={code} code={code} rank={index + first} error={rowErrors[index]} disabled={disabled} onRemove={() => onChange(value.filter((each) => each !== code))} />
            ))}
          </ol>
        </SortableContext>
      </DndContext>
      {!disabled && <AddLanguage label={label} onAdd={(code) => (value.includes(code) ? undefined : onChange([...value, code]))} />}
    </Input.Wrapper>
  );
}
